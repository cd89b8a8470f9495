package import Readings

/// A device that has readings in the store.
package struct StoredDevice: Hashable, Sendable {
  package var device: Device
  package var rowCount: Int
  package var first: Timestamp
  package var last: Timestamp
}

/// The reading end of a store: takes no lock, writes nothing, works beside a writer and on a read-only copy.
package struct StoreReader {
  package let timeUnit: Int64
  package var devices: [StoredDevice] { [] }
  package var tallies: Tallies { Tallies() }
  /// Readings in the store.
  package var messageCount: Int { 0 }
  package var eventCount: Int { 0 }
  /// Bytes of all files of the store; a preallocated journal counts with what is used of it.
  package var byteCount: Int { 0 }
  /// What was found damaged so far; scans add to it.
  package var damage: [Damage] { [] }

  package init(directory: String, fileSystem: some FileSystem = POSIXFileSystem()) throws(StorageError) {
    timeUnit = 1000
  }

  /// Calls `body` with one device's readings of a half-open range, in order of receive time, then of arrival.
  package func readings(
    of device: Device, in range: Range<Timestamp>, _ body: (ReadingColumns) throws -> Void
  ) throws {}

  /// Events of a half-open range in order of time, then of arrival.
  package func events(in range: Range<Timestamp>) throws(StorageError) -> [Event] { [] }
}
