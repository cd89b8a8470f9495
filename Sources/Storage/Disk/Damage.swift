public import Readings

/// A place in the store that cannot be trusted, and what is lost with it (SF-7).
public struct Damage: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    /// A block's header or bytes do not match their checksum, or decode to nonsense.
    case block
    /// A block of rollups, which are derived: nothing is lost, reports read the rows.
    case rollups
    /// A segment's header; its blocks are read through the footer.
    case header
    /// A segment's footer; its index was rebuilt from its blocks.
    case footer
    /// A segment that the catalog lists and that cannot be read at all.
    case segment
    /// A whole segment under another name than its own; it is read where it lies.
    case misplaced
    /// A file that has no part in the store, though its name says so: a second copy, or one that others contradict.
    case stray
    /// `wattlog.store`; what it says was taken from the other files.
    case identity
    /// Frames inside a journal; those after it were read.
    case journal
    /// Bytes after a journal's last whole frame, as a kill or power cut leaves them: normal.
    case journalTail
    /// The catalog; it was rebuilt from the segments.
    case catalog
    /// Bytes after the catalog's last whole frame, as a kill within an append leaves them: normal.
    case catalogTail
    /// A line of the corrections; the others hold.
    case corrections
    /// An unfinished last line of the corrections, as a power cut within an append leaves it: normal.
    case correctionsTail
    /// The index does not say what the blocks hold.
    case index
  }

  public var kind: Kind
  /// Path inside the store.
  public var file: String
  public var offset: Int
  public var byteCount: Int
  /// Whose readings are lost, where that is known.
  public var device: Device?
  /// First and last receive time of what is lost, where known.
  public var first: Timestamp?
  public var last: Timestamp?
  public var cause: String

  public init(
    _ kind: Kind, file: String, offset: Int, byteCount: Int = 0, device: Device? = nil, first: Timestamp? = nil,
    last: Timestamp? = nil, cause: String
  ) {
    self.kind = kind
    self.file = file
    self.offset = offset
    self.byteCount = byteCount
    self.device = device
    self.first = first
    self.last = last
    self.cause = cause
  }

  /// True for what a kill or a power cut leaves in a sound store.
  public var isNormal: Bool { kind == .journalTail || kind == .catalogTail || kind == .correctionsTail }
}

extension Damage {
  /// True where nothing is lost by it: all that the store holds is read.
  public var losesNothing: Bool {
    switch kind {
    case .misplaced, .identity, .header: true
    default: isNormal
    }
  }
}

/// Damage in the order in which it was found, each once.
struct DamageLog: Sendable {
  private(set) var all: [Damage] = []
  private var known: Set<Damage> = []

  init(_ damage: [Damage] = []) { for one in damage { note(one) } }

  mutating func note(_ damage: Damage) {
    if known.insert(damage).inserted { all.append(damage) }
  }
}

/// What a writer found and did when it opened the store.
public struct RecoveryReport: Equatable, Sendable {
  /// The store was made now.
  public var isNew = false
  /// Readings and events taken from the journal.
  public var recoveredReadingCount = 0
  public var recoveredEventCount = 0
  /// Bytes cut from the journal's torn tail; they are kept in `quarantine/`.
  public var cutByteCount = 0
  public var damage: [Damage] = []
  /// Leftovers of an interrupted seal or compaction that were removed.
  public var removedFiles: [String] = []

  public init() {}
}
