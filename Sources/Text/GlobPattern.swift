/// A name pattern with `*` (any run of characters), `?` (one character) and `[a-z]`, `[!a-z]` (one of a set).
///
/// Case counts, because topics are case-sensitive. Matching takes at most pattern length × text length steps.
public struct GlobPattern: Hashable, Sendable {
  private enum Piece: Hashable, Sendable {
    case one(Character)
    case any
    case run
    case set([ClosedRange<Character>], negated: Bool)
  }
  private let pieces: [Piece]

  /// Any text is a pattern: `[` without its `]` stands for itself.
  public init(_ text: String) {
    var pieces: [Piece] = []
    var rest = Array(text)[...]
    while let character = rest.popFirst() {
      switch character {
      case "*": if pieces.last != .run { pieces.append(.run) }
      case "?": pieces.append(.any)
      case "[":
        if let (set, tail) = GlobPattern.set(rest) {
          pieces.append(set)
          rest = tail
        } else {
          pieces.append(.one(character))
        }
      case "\\": pieces.append(.one(rest.popFirst() ?? "\\"))
      default: pieces.append(.one(character))
      }
    }
    self.pieces = pieces
  }

  private static func set(_ text: ArraySlice<Character>) -> (Piece, ArraySlice<Character>)? {
    var rest = text
    let negated = rest.first == "!" || rest.first == "^"
    if negated { rest.removeFirst() }
    var ranges: [ClosedRange<Character>] = []
    while let low = rest.popFirst() {
      if low == "]", !ranges.isEmpty { return (.set(ranges, negated: negated), rest) }
      if rest.first == "-", let high = rest.dropFirst().first, high != "]", high >= low {
        ranges.append(low...high)
        rest = rest.dropFirst(2)
      } else {
        ranges.append(low...low)
      }
    }
    return nil
  }

  public func matches(_ text: String) -> Bool {
    let characters = Array(text)
    var (piece, position) = (0, 0)
    var retry: (piece: Int, position: Int)?
    while position < characters.count {
      if piece < pieces.count, pieces[piece] == .run {
        retry = (piece + 1, position)
        piece += 1
      } else if piece < pieces.count, GlobPattern.fits(pieces[piece], characters[position]) {
        piece += 1
        position += 1
      } else if let again = retry {
        piece = again.piece
        position = again.position + 1
        retry = (piece, position)
      } else {
        return false
      }
    }
    return pieces[piece...].allSatisfy { $0 == .run }
  }

  private static func fits(_ piece: Piece, _ character: Character) -> Bool {
    switch piece {
    case .one(let wanted): character == wanted
    case .any, .run: true
    case .set(let ranges, let negated): ranges.contains { $0.contains(character) } != negated
    }
  }
}
