import Glibc

/// Keeps the files that a reader may want where they are, while it lives: a shared lock on `wattlog.store`.
///
/// A reader takes it before it reads the catalog. A writer removes a replaced file only when it holds that lock alone,
/// after the catalog on disk has left the file out: no reader then knows of it, and none can come to.
final class ReaderHold {
  private let file: any StoreFile

  /// nil where the file cannot be locked: `wattlog.store` is lost, or the file system knows no locks.
  init?(_ directory: any StoreDirectory) {
    guard let file = try? directory.open(StorePath.identity, .read), (try? file.lock(.shared)) != nil else {
      return nil
    }
    self.file = file
  }

  /// Does something while no reader is at work.
  ///
  /// - Returns: false, with nothing done, when one is.
  static func withoutReaders(_ directory: any StoreDirectory, _ body: () -> Void) -> Bool {
    guard let file = try? directory.open(StorePath.identity, .read) else { return false }
    do throws(FileSystemError) {
      try file.lock(.exclusiveIfFree)
    } catch {
      // Where there are no locks, readers have none either.
      guard error.code != EWOULDBLOCK else { return false }
    }
    body()
    return true
  }
}
