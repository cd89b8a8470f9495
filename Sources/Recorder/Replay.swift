import Glibc
public import Readings
public import Storage
public import Tasmota

/// Feeds captured lines through the path that the broker's messages take: decode, classify, store.
///
/// Bytes come in pieces of any size. The store's writer belongs to the caller, who seals and closes it. No plug that
/// the store knows is told to the decoder: the same capture must give the same readings the second time.
public struct Replay {
  /// How many lines went which way. Each line goes exactly one.
  public struct Counts: Sendable, Equatable {
    public var lines: Int64 = 0
    public var readings: Int64 = 0
    public var events: Int64 = 0
    public var duplicates: Int64 = 0
    public var retained: Int64 = 0
    public var ignored: Int64 = 0
    public var refused: [String: Int64] = [:]

    public init() {}
  }

  /// A line that could not be read or was refused.
  public struct Problem: Sendable, Equatable {
    /// From 1, over all input.
    public var line: Int64
    public var reason: String
  }

  public private(set) var counts = Counts()
  /// The first ones, at most ``maximumProblemCount``; the counts hold them all.
  public private(set) var problems: [Problem] = []
  public static let maximumProblemCount = 10
  /// The first and the last receive time that was stored or recognised.
  public private(set) var firstReceived: Timestamp?
  public private(set) var lastReceived: Timestamp?

  private let filters: [SubscriptionFilter]
  private var decoder: Decoder
  private var parser = CaptureLineParser()
  private var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
  /// The beginning of a line whose end has not come yet.
  private var partial: [UInt8] = []
  private var isLineTooLong = false

  /// - Parameter filters: topics that none of them matches are ignored; empty lets all through.
  public init(filters: [SubscriptionFilter] = [], maximumDevices: Int = 256) {
    self.filters = filters
    decoder = Decoder(maximumDevices: maximumDevices)
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
      counts.lines += 1
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
    counts.lines += 1
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
      counts.ignored += 1
      store.count(.ignored)
      return
    }
    let outcome = decoder.decode(
      topic: captured.topic, payload: captured.payload, retained: captured.retained, receivedAt: captured.receivedAt,
      into: &reading)
    switch outcome {
    case .reading(let index):
      do throws(StorageError) {
        book(try store.append(reading, from: decoder.devices[index]), isEvent: false, captured.receivedAt)
      } catch {
        try refuse(error, store)
      }
    case .event(let event):
      do throws(StorageError) {
        book(try store.append(event), isEvent: true, captured.receivedAt)
      } catch {
        try refuse(error, store)
      }
    case .retained:
      counts.retained += 1
      store.count(.retained)
    case .ignored:
      counts.ignored += 1
      store.count(.ignored)
    case .refused(let reason):
      refuse(reason, reason.rawValue, store)
    }
  }

  private mutating func book(_ appended: Appended, isEvent: Bool, _ time: Timestamp) {
    if appended == .duplicate {
      counts.duplicates += 1
    } else if isEvent {
      counts.events += 1
    } else {
      counts.readings += 1
    }
    firstReceived = min(firstReceived ?? time, time)
    lastReceived = max(lastReceived ?? time, time)
  }

  /// What the store does not take (a time outside its range, one device too many) is refused; all else ends the replay.
  private mutating func refuse(_ error: StorageError, _ store: StoreWriter) throws(StorageError) {
    guard error.code == .invalid else {
      // The line was not stored and is not counted.
      counts.lines -= 1
      throw error
    }
    counts.refused["not-storable", default: 0] += 1
    store.count(.refused("not-storable"))
    addProblem(error.cause)
  }

  private mutating func refuse(_ reason: RefusalReason, _ text: String, _ store: StoreWriter) {
    counts.refused[reason.rawValue, default: 0] += 1
    store.count(.refused(reason.rawValue))
    addProblem(text)
  }

  private mutating func addProblem(_ reason: String) {
    if problems.count < Replay.maximumProblemCount { problems.append(Problem(line: counts.lines, reason: reason)) }
  }
}
