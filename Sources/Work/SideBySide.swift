/// How pieces of work that do not depend on each other are done: one after the other, or at the same time by a caller
/// who has threads for them.
public struct SideBySide: Sendable {
  /// Calls the second argument with 0, 1, … below the first one, each once, and returns when all calls have returned.
  @usableFromInline let run: @Sendable (Int, @Sendable (Int) -> Void) -> Void

  public init(_ run: @escaping @Sendable (Int, @Sendable (Int) -> Void) -> Void) { self.run = run }

  /// One after the other.
  public static let inTurn = SideBySide { count, piece in
    for index in 0..<count { piece(index) }
  }

  /// `body` of 0, 1, … below `count`, in that order.
  @inlinable
  public func map<Result>(_ count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
    [Result](unsafeUninitializedCapacity: count) { places, filled in
      nonisolated(unsafe) let places = places
      run(count) { places.initializeElement(at: $0, to: body($0)) }
      filled = count
    }
  }

  /// Two pieces of different kinds.
  @inlinable
  public func both<One, Other>(
    _ one: @Sendable () -> One, _ other: @Sendable () -> Other
  ) -> (One, Other) {
    let found = map(2) { index -> (One?, Other?) in index == 0 ? (one(), nil) : (nil, other()) }
    guard let one = found[0].0, let other = found[1].1 else { preconditionFailure("a piece of work that was not done") }
    return (one, other)
  }

  /// `body` of 0, 1, … below `count` where each is little work: neighbours are done together, in so many pieces.
  @inlinable
  public func map<Result>(_ count: Int, inPieces pieceCount: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
    let pieceCount = max(min(pieceCount, count), 1)
    return [Result](unsafeUninitializedCapacity: count) { places, filled in
      nonisolated(unsafe) let places = places
      run(pieceCount) { SideBySide.fill(places, SideBySide.piece($0, of: pieceCount, 0..<count), body) }
      filled = count
    }
  }

  /// The same, and one piece of another kind.
  @inlinable
  public func map<Result, Other>(
    _ count: Int, inPieces pieceCount: Int, _ body: @Sendable (Int) -> Result, beside other: @Sendable () -> Other
  ) -> ([Result], Other) {
    let pieceCount = max(min(pieceCount, count), 1)
    var found: Other?
    let results = [Result](unsafeUninitializedCapacity: count) { places, filled in
      nonisolated(unsafe) let places = places
      found =
        map(pieceCount + 1) { piece -> Other? in
          if piece == 0 { return other() }
          SideBySide.fill(places, SideBySide.piece(piece - 1, of: pieceCount, 0..<count), body)
          return nil
        }[0]
      filled = count
    }
    guard let found else { preconditionFailure("a piece of work that was not done") }
    return (results, found)
  }

  @inlinable
  static func fill<Result>(
    _ places: UnsafeMutableBufferPointer<Result>, _ range: Range<Int>, _ body: (Int) -> Result
  ) {
    for index in range { places.initializeElement(at: index, to: body(index)) }
  }

  /// One of `count` neighbouring stretches of a range, about equally long.
  public static func piece(_ index: Int, of count: Int, _ range: Range<Int>) -> Range<Int> {
    range.lowerBound + range.count * index / count..<range.lowerBound + range.count * (index + 1) / count
  }
}
