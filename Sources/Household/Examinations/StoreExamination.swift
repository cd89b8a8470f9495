import Readings
public import Storage
import Text

/// What the store itself tells of its soundness and its growth.
public struct StoreExamination {
  let store: HouseholdStore

  public init(_ store: HouseholdStore) { self.store = store }

  /// How fast the store grows, by the last week where there is one.
  public struct Growth: Sendable {
    public var messagesPerDay: Int64
    public var bytesPerDay: Int64
    public var bytesPerYear: Int64 { bytesPerDay * 365 }
  }

  /// One finding for each of the first damaged places, or one that all is sound.
  ///
  /// - Throws: why the store cannot be read.
  public func soundness() throws(StorageError) -> [Finding] {
    let verification = try StoreVerification(store.path, deep: false, fileSystem: store.fileSystem)
    let report = verification.report
    guard verification.damage.isEmpty else {
      return verification.damage.prefix(20).map { damage in
        let advice = StoreVerification.advice(on: damage, in: store.path)
        return Finding(
          .store, .problem, DamageText.line(damage, in: store.path), advice: advice.text, commands: advice.commands)
      }
    }
    return [
      Finding(
        .store, .note,
        "all checksums are right: " + CountText.text(report.segmentCount, "segment") + ", "
          + CountText.text(report.rowCount, "reading"))
    ]
  }

  /// nil while the store holds no reading.
  public var growth: Growth? {
    let reader = store.reader
    let day: Int64 = 86_400_000
    guard let first = store.firstReading, let last = store.lastReading, reader.messageCount > 0 else { return nil }
    let span = max(last.milliseconds - first.milliseconds, day)
    // The last week says what will come, where there is one.
    let since = max(first, last.advanced(byMilliseconds: -7 * day))
    var recent = 0
    for device in store.devices.flatMap(\.members) where device.last >= since {
      reader.readings(of: device.device, in: since..<last.advanced(byMilliseconds: 1)) { recent += $0.rowCount }
    }
    let messagesPerDay = Int64(recent) * day / max(min(span, 7 * day), 1)
    return Growth(
      messagesPerDay: messagesPerDay,
      bytesPerDay: messagesPerDay * Int64(reader.byteCount) / Int64(reader.messageCount))
  }

  /// What the store takes, and what a recorder writes to the disk in a day.
  ///
  /// - Parameters:
  ///   - commitInterval: of the recorder, in milliseconds.
  ///   - logSeconds: how often ext4 writes its own log; nil on another file system.
  public func findings(on growth: Growth, commitInterval: Int64, logSeconds: Int64?) -> [Finding] {
    let reader = store.reader
    let size = Finding(
      .store, .note,
      "\(ByteText.text(Int64(reader.byteCount))) for \(CountText.text(reader.messageCount, "message")); "
        + "\(CountText.text(growth.messagesPerDay, "message")) "
        + "and about \(ByteText.text(growth.bytesPerDay)) a day, \(ByteText.text(growth.bytesPerYear)) a year")
    return [size, writes(growth, commitInterval: commitInterval, logSeconds: logSeconds)]
  }

  /// What a recorder writes in a day, by the store itself and by the file system.
  private func writes(_ growth: Growth, commitInterval: Int64, logSeconds: Int64?) -> Finding {
    let forecast = WriteForecast(
      messagesPerDay: growth.messagesPerDay, commitInterval: commitInterval, sealedBytesPerDay: growth.bytesPerDay,
      logSeconds: logSeconds)
    let (own, log) = (forecast.storeByteCount, forecast.fileSystemByteCount)
    var text =
      "a recorder that commits every \(SpanText.text(milliseconds: commitInterval)) writes about "
      + "\(ByteText.text(own)) a day to the disk in at most \(CountText.text(forecast.commitCount, "commit"))"
    if let logSeconds {
      text +=
        "; ext4 adds about \(ByteText.text(log)) for its own log, every \(logSeconds) s: "
        + "\(ByteText.text(own + log)) a day in all"
    }
    var advice: [String] = []
    if own > 60_000_000 { advice.append("a longer record.commitInterval spares a memory card") }
    if log > 60_000_000 {
      advice.append("the mount option commit=60 or more spares a memory card; what the recorder commits is as safe")
    }
    return Finding(
      .store, advice.isEmpty ? .note : .hint, text, advice: advice.isEmpty ? nil : advice.joined(separator: "; "))
  }
}
