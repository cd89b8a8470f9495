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

  /// The elements of all pieces: `body` of `count` neighbouring stretches of `range`, about equally long.
  @inlinable
  public func flatMap<Element>(
    _ range: Range<Int>, pieces count: Int, _ body: @Sendable (Range<Int>) -> [Element]
  ) -> [Element] {
    let count = max(min(count, range.count), 1)
    return SideBySide.joined(map(count) { body(SideBySide.piece($0, of: count, range)) })
  }

  /// The same, and one piece of another kind.
  @inlinable
  public func flatMap<Element, Other>(
    _ range: Range<Int>, pieces count: Int, _ body: @Sendable (Range<Int>) -> [Element],
    beside other: @Sendable () -> Other
  ) -> ([Element], Other) {
    let count = max(min(count, range.count), 1)
    let pieces = map(count + 1) { index -> ([Element], Other?) in
      index == 0 ? ([], other()) : (body(SideBySide.piece(index - 1, of: count, range)), nil)
    }
    guard let found = pieces[0].1 else { preconditionFailure("a piece of work that was not done") }
    return (SideBySide.joined(pieces.map(\.0)), found)
  }

  @usableFromInline
  static func piece(_ index: Int, of count: Int, _ range: Range<Int>) -> Range<Int> {
    range.lowerBound + range.count * index / count..<range.lowerBound + range.count * (index + 1) / count
  }

  @inlinable
  static func joined<Element>(_ pieces: [[Element]]) -> [Element] {
    var all: [Element] = []
    all.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
    for piece in pieces { all += piece }
    return all
  }
}
