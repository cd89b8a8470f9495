/// How a store is made and how much it may hold in memory.
public struct StoreOptions: Sendable {
  /// Milliseconds per unit of time: 1000 or 1. Fixed when the store is made; nil takes an existing store's, else 1000.
  public var timeUnit: Int64?
  /// Size of the preallocated journal. 1 MiB holds about a day of ten plugs at 10 s.
  public var journalByteCount = 1 << 20
  /// Rows in memory before a live writer seals, in bytes.
  public var liveByteCount = 4 << 20
  /// The same in bulk mode: more rows a block compress better.
  public var bulkByteCount = 15 << 20
  /// Decoded blocks that are kept to find readings which came before, in bytes: of a live writer, which a flood makes use
  /// them all, and in bulk mode, where one of each plug is in use while a capture comes again.
  public var liveCacheByteCount = 16 << 20
  public var bulkCacheByteCount = 48 << 20
  public var maximumDevices = 256
  /// Topics and MACs of devices that have a place beyond that number, as those have that the store knows.
  public var reservedDevices: Set<String> = []
  /// What the store's id and journal epochs are drawn from; nil takes the system's random numbers.
  public var randomSeed: UInt64?

  public init(timeUnit: Int64? = nil) { self.timeUnit = timeUnit }
}

/// What a writer is for.
public enum WriterMode: Sendable {
  /// A journal keeps what is appended until it is sealed; one second of work is lost in a kill, none of it synced.
  case live
  /// No journal: rows gather in memory and are sealed in large blocks. A crash loses what was not yet sealed.
  case bulk
}

/// What became of an appended reading or event.
public enum Appended: Sendable {
  case stored
  /// The store holds the same already.
  case duplicate
}
