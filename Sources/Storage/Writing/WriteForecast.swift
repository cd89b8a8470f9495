/// What a recorder will write to the disk in a day: pages of the store's own files, and what the file system adds.
///
/// The figures are those of `Scripts/write-load`. A day of 86,460 readings in 8,700 commits, stored at once, wrote
/// 39.1 MB, seals included: each commit rewrites the journal's last page of 4 KiB, and each page that fills up comes on
/// top. In real time it is 45.5 MB, because the kernel writes a page back that nobody has synced yet, about once a minute.
public struct WriteForecast: Hashable, Sendable {
  /// At most so many commits, each with a flush: none while no message comes.
  public let commitCount: Int64
  /// Of the store's files, in real time.
  public let storeByteCount: Int64
  /// What of it the kernel writes before a commit asks for it.
  public let writeBackByteCount: Int64
  /// For ext4's own log, which takes up the journal's time stamp while messages come; 0 on other file systems.
  public let fileSystemByteCount: Int64

  private static let pageByteCount: Int64 = 4096
  /// A message in the journal, its share of the frame included.
  private static let messageByteCount: Int64 = 42
  private static let writeBackMilliseconds: Int64 = 60_000
  private static let dayMilliseconds: Int64 = 86_400_000

  /// - Parameters:
  ///   - messagesPerDay: 0 or more.
  ///   - commitInterval: milliseconds, above 0.
  ///   - sealedBytesPerDay: what a day takes at rest; it is written when the journal is sealed, and once more when
  ///     segments are merged.
  ///   - logSeconds: how often ext4 writes its log (mount option `commit`); nil on other file systems.
  public init(messagesPerDay: Int64, commitInterval: Int64, sealedBytesPerDay: Int64, logSeconds: Int64?) {
    let day = WriteForecast.dayMilliseconds
    let messages = min(max(messagesPerDay, 0), 1_000_000_000_000)
    commitCount = min(messages, day / max(commitInterval, 1))
    // Where each message is a commit of its own, nothing waits for the kernel.
    writeBackByteCount =
      min(messages - commitCount, day / WriteForecast.writeBackMilliseconds) * WriteForecast.pageByteCount
    storeByteCount =
      writeBackByteCount + commitCount * WriteForecast.pageByteCount + messages * WriteForecast.messageByteCount
      + 2 * min(max(sealedBytesPerDay, 0), 1_000_000_000_000)
    guard let logSeconds else {
      fileSystemByteCount = 0
      return
    }
    // Measured: a transaction of three blocks begins with the first message after the last one, and ends `logSeconds`
    // and one and a half seconds later.
    let transaction = min(max(logSeconds, 1), 86_400) * 1000 + 1500
    fileSystemByteCount = min(messages, day / transaction) * 3 * WriteForecast.pageByteCount
  }
}
