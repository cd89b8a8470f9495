/// Energy between two neighbouring cut points.
public struct SlotEnergy: Hashable, Sendable {
  /// Measured and inferred; never negative.
  public var use: Energy
  /// What went back to the grid; never negative.
  public var export: Energy

  public init(use: Energy = .zero, export: Energy = .zero) {
    self.use = use
    self.export = export
  }
}

/// Energy between neighbouring cut points, slot by slot: two numbers each in memory only where anything went back to the
/// grid. A year of half hours is 17,520 slots a plug.
public struct SlotEnergies: Hashable, Sendable, RandomAccessCollection {
  /// Measured and inferred; never negative, but for what a main meter leaves over.
  public let uses: [Energy]
  /// What went back to the grid: as many, or none where nothing did.
  public let exports: [Energy]

  /// - Parameter exports: as many as uses, or none.
  public init(uses: [Energy] = [], exports: [Energy] = []) {
    precondition(exports.isEmpty || exports.count == uses.count, "exports of other slots")
    self.uses = uses
    // Equal energies are equal slots.
    self.exports = exports.contains { $0 != .zero } ? exports : []
  }

  public init(_ slots: some Collection<SlotEnergy>) {
    self.init(uses: slots.map(\.use), exports: slots.map(\.export))
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { uses.count }

  public subscript(slot: Int) -> SlotEnergy {
    SlotEnergy(use: uses[slot], export: exports.isEmpty ? .zero : exports[slot])
  }
}
