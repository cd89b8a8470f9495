public import Storage
public import Subscriber

/// What a recorder does: from which broker, into which store.
public struct RecorderOptions: Sendable {
  public var connection: ConnectionOptions
  /// MQTT filters; empty stands for the standard Tasmota layouts.
  public var filters: [String] = []
  public var store: String
  public var storeOptions = StoreOptions()
  /// How often what was received is made to survive a power cut; it survives a kill after a second.
  public var commitIntervalMilliseconds: Int64 = 10_000
  public var maximumDevices = 256
  /// Topics and MACs of plugs that are always taken in.
  public var reservedPlugs: Set<String> = []
  /// A file to which every message is appended as a capture line.
  public var capturePath: String?
  /// Connect and decode, store nothing.
  public var isDryRun = false

  public init(connection: ConnectionOptions, store: String) {
    self.connection = connection
    self.store = store
  }
}

/// Why a recorder ended by itself.
public enum RecorderFailure: Error, Sendable {
  /// The broker said no, or its certificate cannot be trusted, at the first connection.
  case connection(ConnectionFailure)
  case storage(StorageError)
  /// The capture file cannot be written.
  case capture(path: String, reason: String)
}

/// What a recorder did.
public struct RecorderSummary: Sendable, Equatable {
  /// What came in and which way it went.
  public var taken = IntakeCounts()
  /// Messages that a full queue or a full memory did not take.
  public var dropped: Int64 = 0
  /// Readings that neither the disk nor a full memory took: they are in no store.
  public var lost = 0

  public init() {}
}

/// Something for a person to read.
public enum RecorderNotice: Sendable {
  case note(String)
  /// Only for those who want to know more.
  case detail(String)
  /// A message and what became of it, with ``RecorderOptions/isDryRun``.
  case decoded(String)
}
