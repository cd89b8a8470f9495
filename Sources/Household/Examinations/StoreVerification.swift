import Calendar
import Readings
public import Storage
import Text
public import Work

/// What is wrong with a store, its corrections included: what `verify` prints and `doctor` repeats.
public struct StoreVerification {
  public private(set) var report: VerifyReport

  /// - Parameters:
  ///   - path: the store's directory.
  ///   - deep: decodes every block too.
  ///   - sideBySide: how blocks are decoded.
  ///   - progress: called after each segment with bytes done and all.
  public init(
    _ path: String, deep: Bool, fileSystem: some FileSystem = POSIXFileSystem(),
    working sideBySide: SideBySide = .inTurn, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(StorageError) {
    report = try StoreVerifier.verify(
      directory: path, deep: deep, fileSystem: fileSystem, working: sideBySide, progress: progress)
    // Their checksums are right, but nothing is known of what they say.
    let contents = report.corrections
    for line in Corrections(contents).unreadable where !contents.damaged.contains(line) {
      let text = contents.lines.first { $0.number == line }?.text ?? ""
      report.note(
        CorrectionFile.damage(
          ofLine: line, in: contents,
          cause: "line \(line) is no correction that this wattlog knows: '\(SafeText.printable(text))'"))
    }
  }

  /// What a kill or a power cut does not leave behind.
  public var damage: [Damage] { report.damage.filter { !$0.isNormal } }

  /// What to do about a damaged place.
  public static func advice(on damage: Damage, in store: String) -> (text: String, commands: [String]) {
    guard damage.kind == .corrections else {
      return (
        "stop the recorder, then take the sound part; the original is kept",
        ["wattlog repair --store \(ShellWord.quoted(store))"]
      )
    }
    return ("enter it again, then make the line a remark: a # at its start", ["wattlog device --help"])
  }

  /// `12 segments, 310 blocks, 1 799 669 rows, 3 corrections, 680.1 kB checked`.
  public var summary: String {
    [
      CountText.text(report.segmentCount, "segment"), CountText.text(report.blockCount, "block"),
      CountText.text(report.rowCount, "row"), CountText.text(report.corrections.lines.count, "correction"),
      "\(ByteText.text(Int64(report.byteCount))) checked",
    ].joined(separator: ", ")
  }

  /// `wattlog.verify/1`.
  public func json() -> String {
    var writer = JSONWriter()
    writer.object { root in
      root.key("schema")
      root.value("wattlog.verify/1")
      root.key("sound")
      root.value(damage.isEmpty)
      root.key("segments")
      root.value(report.segmentCount)
      root.key("blocks")
      root.value(report.blockCount)
      root.key("rows")
      root.value(report.rowCount)
      root.key("corrections")
      root.value(report.corrections.lines.count)
      root.key("bytes")
      root.value(report.byteCount)
      root.key("damage")
      root.array(report.damage) { list, damage in
        list.newLine()
        list.object { write(damage, to: &$0) }
      }
    }
    return writer.text + "\n"
  }

  private func write(_ damage: Damage, to json: inout JSONWriter) {
    func time(_ instant: Timestamp?) -> String? { instant.map { InstantText.text($0, in: .utc) } }
    json.key("kind")
    json.value(damage.kind.rawValue)
    json.key("normal")
    json.value(damage.isNormal)
    json.key("file")
    json.value(damage.file)
    json.key("offset")
    json.value(damage.offset)
    json.key("bytes")
    json.value(damage.byteCount)
    json.key("device")
    json.value(damage.device?.topic)
    json.key("from")
    json.value(time(damage.first))
    json.key("to")
    json.value(time(damage.last))
    json.key("cause")
    json.value(damage.cause)
  }
}
