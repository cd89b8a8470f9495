import Glibc
import Readings
public import Storage
public import Tasmota

/// Feeds captured lines through the path that the broker's messages take: decode, classify, store.
///
/// Bytes come in pieces of any size. The store's writer belongs to the caller, who seals and closes it. What the capture
/// says of MACs counts; where it says nothing, the plugs that the store knows are meant.
public struct Replay {
  /// Lines so far.
  public private(set) var lineCount: Int64 = 0
  /// How many of them went which way.
  public var counts: IntakeCounts { intake.counts }

  /// A line that could not be read or was refused.
  public struct Problem: Sendable, Equatable {
    /// From 1, over all input.
    public var line: Int64
    public var reason: String
  }

  /// The first ones, at most ``maximumProblemCount``; the counts hold them all.
  public private(set) var problems: [Problem] = []
  public static let maximumProblemCount = 10
  private let filters: [SubscriptionFilter]
  private var intake: Intake
  private var parser = CaptureLineParser()
  /// The beginning of a line whose end has not come yet.
  private var partial: [UInt8] = []
  private var isLineTooLong = false

  /// - Parameters:
  ///   - filters: topics that none of them matches are ignored; empty lets all through.
  ///   - known: plugs that the store has.
  ///   - reserved: topics and MACs of plugs that always have a place.
  public init(
    filters: [SubscriptionFilter] = [], maximumDevices: Int = 256, known: [StoredDevice] = [],
    reserved: Set<String> = []
  ) {
    self.filters = filters
    // What this capture says of MACs is learned from nothing but itself: the same lines give the same readings.
    let always = reserved.union(known.flatMap { [$0.device.topic, $0.device.mac].compactMap(\.self) })
    intake = Intake(Decoder(maximumDevices: maximumDevices, reserved: always), known: KnownPlugs(known))
  }

  /// Takes in the next piece of a capture.
  public mutating func feed(_ bytes: UnsafeRawBufferPointer, to store: StoreWriter) throws(StorageError) {
    guard let start = bytes.baseAddress else { return }
    var rest = bytes[...]
    // Byte by byte this search took a quarter of a replay.
    while let found = memchr(start + rest.startIndex, 0x0A, rest.count) {
      let end = UnsafeRawPointer(found) - start
      let piece = UnsafeRawBufferPointer(rebasing: rest[..<end])
      rest = rest[(end + 1)...]
      if partial.isEmpty && !isLineTooLong {
        try line(piece, to: store)
      } else {
        keep(piece)
        try endPartial(to: store)
      }
    }
    if !rest.isEmpty { keep(UnsafeRawBufferPointer(rebasing: rest)) }
  }

  /// Takes in a last line without line feed, if there is one: at the end of each file.
  public mutating func endFile(to store: StoreWriter) throws(StorageError) {
    if !partial.isEmpty || isLineTooLong { try endPartial(to: store) }
  }

  private mutating func keep(_ piece: UnsafeRawBufferPointer) {
    if partial.count + piece.count > CaptureLineParser.maximumLineBytes {
      isLineTooLong = true
      partial.removeAll()
    }
    if !isLineTooLong { partial += piece }
  }

  private mutating func endPartial(to store: StoreWriter) throws(StorageError) {
    let bytes = partial
    partial.removeAll(keepingCapacity: true)
    if isLineTooLong {
      isLineTooLong = false
      lineCount += 1
      refuse(.malformedLine, "the line has more than \(CaptureLineParser.maximumLineBytes) bytes", store)
      return
    }
    var failure: StorageError?
    bytes.withUnsafeBytes { piece in
      do throws(StorageError) { try line(piece, to: store) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private mutating func line(_ bytes: UnsafeRawBufferPointer, to store: StoreWriter) throws(StorageError) {
    lineCount += 1
    var text = bytes
    // Captures that went through Windows end their lines with CR LF.
    if text.last == 0x0D { text = UnsafeRawBufferPointer(rebasing: text.dropLast()) }
    let captured: CaptureLine
    do throws(CaptureLineError) {
      captured = try parser.parse(text)
    } catch {
      refuse(.malformedLine, error.description, store)
      return
    }
    if !filters.isEmpty, !filters.contains(where: { $0.matches(captured.topic) }) {
      intake.ignore(store)
      return
    }
    do throws(StorageError) {
      let taken = try intake.take(
        topic: captured.topic, payload: captured.payload, retained: captured.retained,
        receivedAt: captured.receivedAt, to: store)
      if case .refused(_, let cause) = taken { addProblem(cause) }
    } catch {
      // The line was not stored and is not counted.
      lineCount -= 1
      throw error
    }
  }

  private mutating func refuse(_ reason: RefusalReason, _ text: String, _ store: StoreWriter) {
    intake.refuse(reason.rawValue, cause: text, store)
    addProblem(text)
  }

  private mutating func addProblem(_ reason: String) {
    if problems.count < Replay.maximumProblemCount { problems.append(Problem(line: lineCount, reason: reason)) }
  }
}
