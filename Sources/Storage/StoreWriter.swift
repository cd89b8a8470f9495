package import Readings

/// The writing end of a store; owned by one thread.
package final class StoreWriter {
  package let recovery: RecoveryReport
  package let timeUnit: Int64
  package private(set) var tallies = Tallies()

  /// Opens the store, makes it when it is missing, takes its lock, and recovers what an earlier run left.
  package init(
    directory: String, options: StoreOptions = StoreOptions(), mode: WriterMode,
    fileSystem: some FileSystem = POSIXFileSystem()
  ) throws(StorageError) {
    recovery = RecoveryReport()
    timeUnit = options.timeUnit ?? 1000
    do throws(FileSystemError) {
      try fileSystem.openDirectory(directory, create: true).lock()
    } catch {
      throw StorageError(error)
    }
  }

  package func append(_ reading: Reading, from device: Device) throws(StorageError) -> Appended { .stored }
  package func append(_ event: Event) throws(StorageError) -> Appended { .stored }
  package func count(_ tally: Tally) { tallies.count(tally) }
  package func commit() throws(StorageError) {}
  package func sync() throws(StorageError) {}
  package func seal() throws(StorageError) {}
  package func compact() throws(StorageError) {}
  package func close() throws(StorageError) {}
}
