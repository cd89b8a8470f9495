package import Storage
package import Subscriber

/// What a recorder does: from which broker, into which store.
package struct RecorderOptions: Sendable {
  package var connection: ConnectionOptions
  /// MQTT filters; empty stands for the standard Tasmota layouts.
  package var filters: [String] = []
  package var store: String
  package var storeOptions = StoreOptions()
  /// How often what was received is made to survive a power cut; it survives a kill after a second.
  package var commitIntervalMilliseconds: Int64 = 10_000
  package var maximumDevices = 256
  /// A file to which every message is appended as a capture line.
  package var capturePath: String?
  /// Connect and decode, store nothing.
  package var isDryRun = false

  package init(connection: ConnectionOptions, store: String) {
    self.connection = connection
    self.store = store
  }
}

/// Why a recorder ended by itself.
package enum RecorderFailure: Error, Sendable {
  /// The broker said no, or its certificate cannot be trusted, at the first connection.
  case connection(ConnectionFailure)
  case storage(StorageError)
  /// The capture file cannot be written.
  case capture(path: String, reason: String)
}

/// What a recorder did.
package struct RecorderSummary: Sendable, Equatable {
  package var readings: Int64 = 0
  package var events: Int64 = 0
  package var duplicates: Int64 = 0
  package var retained: Int64 = 0
  package var ignored: Int64 = 0
  package var refused: Int64 = 0
  /// Messages that a full queue or a full memory did not take.
  package var dropped: Int64 = 0
  /// Readings that the disk did not take and that ended with the process.
  package var lost = 0

  package init() {}
}

/// Something for a person to read.
package enum RecorderNotice: Sendable {
  case note(String)
  /// Only for those who want to know more.
  case detail(String)
  /// A message and what became of it, with ``RecorderOptions/isDryRun``.
  case decoded(String)
}
