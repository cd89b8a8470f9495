import Clock
import Configuration
import Glibc
import Readings
import Recorder
import Reporting
import Storage
import Tasmota
import Text

extension Command {
  static let replay = Command(
    name: "replay", summary: "feed captured lines through the same path as the broker",
    operands: "FILE… or -", operandCount: 1...10_000,
    description: """
      Reads what 'mosquitto_sub -F "%U %r %t %p"' prints (also -F %j and -F %J) and stores it as the recorder would. \
      Lines that are neither are counted and named; the rest is stored. The same capture twice changes nothing.
      """,
    options: [.topic, .json],
    examples: [
      ("wattlog replay monday.log tuesday.log", "load two captures"),
      ("zstd -dc spring.log.zst | wattlog replay --json -", "load a packed one and print what became of its lines"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let record = settings.configuration.record
    let filters = try topicFilters(arguments, configured: record.topics)
    let start = SystemClock.monotonicNanoseconds
    // A file that is not there must not make a store.
    let inputs = try arguments.operands.map { path throws(Failure) in try CaptureInput(path) }
    StopSignal.watch()
    try Directories.create(InputFile.directory(of: settings.store))
    let store: StoreWriter
    let reserved = settings.reservedPlugs
    let known = (try? StoreReader(directory: settings.store))?.devices ?? []
    do throws(StorageError) {
      var options = StoreOptions()
      options.maximumDevices = record.maximumDevices
      options.reservedDevices = reserved
      options.timeUnit = try StoreWriter.timeUnit(forNew: settings.store, record.timeResolutionMilliseconds)
      store = try StoreWriter(directory: settings.store, options: options, mode: .bulk)
    } catch {
      throw Failure(error, store: settings.store)
    }
    var replay = Replay(
      filters: filters, maximumDevices: record.maximumDevices, known: known, reserved: reserved)
    var failure: Failure?
    do throws(Failure) {
      try feed(inputs, &replay, store, settings, console)
    } catch {
      failure = error
    }
    // What was read is stored and counted whatever stopped the reading.
    do throws(StorageError) {
      try store.seal()
      try store.close()
    } catch {
      failure = failure ?? Failure(error, store: settings.store)
    }
    let seconds = SystemClock.monotonicNanoseconds - start
    try say(replay, nanoseconds: seconds, arguments, console)
    if let failure { throw failure }
    return StopSignal.exitCode ?? .done
  }

  /// `--topic`, else the configured filters, else none: all standard layouts are known to the decoder.
  static func topicFilters(
    _ arguments: Arguments, configured: [String]
  ) throws(Failure) -> [SubscriptionFilter] {
    let texts = arguments.isSet(.topic) ? arguments.texts(.topic) : configured
    var filters: [SubscriptionFilter] = []
    for text in texts {
      do throws(SubscriptionFilter.Problem) {
        filters.append(try SubscriptionFilter(recording: text))
      } catch {
        throw .usage("\(arguments.origin(.topic)) '\(SafeText.printable(text))' \(error)")
      }
    }
    return filters
  }

  private static func feed(
    _ inputs: [CaptureInput], _ replay: inout Replay, _ store: StoreWriter, _ settings: Settings, _ console: Console
  ) throws(Failure) {
    let sizes = inputs.map(\.byteCount)
    let total = sizes.contains(nil) ? nil : sizes.compactMap { $0 }.reduce(0, +)
    var bar = ProgressBar("replay", total: total, unit: .bytes, console)
    defer { bar.finish() }
    var done: Int64 = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    for input in inputs {
      while !StopSignal.isReceived {
        let count = try input.read(into: buffer)
        if count == 0 { break }
        do throws(StorageError) {
          try replay.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: store)
        } catch {
          throw Failure(error, store: settings.store)
        }
        done += Int64(count)
        bar.update(done)
      }
      if StopSignal.isReceived { return }
      do throws(StorageError) {
        try replay.endFile(to: store)
      } catch {
        throw Failure(error, store: settings.store)
      }
    }
  }

  private static func say(
    _ replay: Replay, nanoseconds: Int64, _ arguments: Arguments, _ console: Console
  ) throws(Failure) {
    let counts = replay.counts
    for problem in replay.problems {
      console.note("line \(problem.line): \(SafeText.printable(problem.reason))")
    }
    let refused = counts.refused.values.reduce(0, +)
    if refused > Int64(replay.problems.count) {
      console.note(
        CountText.text(refused - Int64(replay.problems.count), "more refused line") + " are counted, not named")
    }
    let milliseconds = nanoseconds / 1_000_000
    guard arguments.isSet(.json) else {
      console.note(
        CountText.text(Int64(replay.lineCount), "line") + " in \(Decimal.string(milliseconds, places: 3)) s: "
          + IntakeText.text(counts))
      if refused > 0, refused == Int64(replay.lineCount) {
        console.error("nothing of it is a capture; 'wattlog replay --help' says which lines are understood")
      }
      return
    }
    var json = JSONWriter()
    json.object { root in
      root.key("schema")
      root.value("wattlog.replay/1")
      for (name, count) in [
        ("lines", replay.lineCount), ("readings", counts.readings), ("events", counts.events),
        ("duplicates", counts.duplicates), ("retained", counts.retained), ("ignored", counts.ignored),
      ] {
        root.key(name)
        root.value(Int(count))
      }
      root.key("refused")
      root.object { list in
        for (reason, count) in counts.refused.sorted(by: { $0.key < $1.key }) {
          list.key(reason)
          list.value(Int(count))
        }
      }
      root.key("seconds")
      root.value(Figure(milliseconds, places: 3))
    }
    try OutputFile.write(json.text + "\n", to: nil)
  }
}

/// One capture: a file, or stdin for `-`.
final class CaptureInput {
  private let descriptor: Int32
  private let path: String
  /// nil for pipes.
  let byteCount: Int64?

  init(_ path: String) throws(Failure) {
    self.path = path
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure(
        .failed, "cannot read the capture '\(SafeText.printable(path))': \(SystemError.text(errno))",
        "name a file, or - for what comes through a pipe")
    }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    if isKnown && status.st_mode & S_IFMT == S_IFDIR {
      throw Failure(.failed, "cannot read the capture '\(SafeText.printable(path))': it is a directory")
    }
    byteCount = isKnown && status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
  }

  deinit { if descriptor > 0 { close(descriptor) } }

  /// 0 at the end, and when a signal came.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno == EINTR {
        if StopSignal.isReceived { return 0 }
        continue
      }
      throw Failure(.failed, "cannot read the capture '\(SafeText.printable(path))': \(SystemError.text(errno))")
    }
  }
}
