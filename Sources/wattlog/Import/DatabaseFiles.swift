import Glibc

/// A database's file and those that SQLite keeps beside it in WAL mode: `-wal`, what was written last, and `-shm`, the index of
/// that (sqlite.org/walformat.html).
///
/// Whoever opens such a database makes both where they are missing, and only who may write takes them away again. Left in
/// Home Assistant's folder by another user they would keep it from its own database.
struct DatabaseFiles {
  let path: String
  /// WAL mode and no log: nobody has it open, and the file alone says everything.
  let isAtRest: Bool
  private let hadIndex: Bool

  init(_ path: String) {
    self.path = path
    hadIndex = InputFile.exists(path + "-shm")
    isAtRest = DatabaseFiles.isWAL(path) && !InputFile.exists(path + "-wal")
  }

  /// Bytes 18 and 19 of the header, the versions of the format to write and to read: 2 for WAL (sqlite.org/fileformat2.html).
  private static func isWAL(_ path: String) -> Bool {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var versions: [UInt8] = [0, 0]
    return pread(descriptor, &versions, 2, 18) == 2 && versions == [2, 2]
  }

  /// Takes away an index that reading made, where nobody has the database open.
  func removeOwnIndex() {
    guard !hadIndex else { return }
    let descriptor = Glibc.open(path + "-shm", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    // Every connection holds a shared lock on this byte (os_unix.c: UNIX_SHM_DMS).
    var lock = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 128, l_len: 1, l_pid: 0)
    if fcntl(descriptor, F_SETLK, &lock) == 0 { unlink(path + "-shm") }
  }
}
