/// Where in a model's table the contexts of one kind of decision stand: a grid of up to five dimensions, the last one
/// nearest together.
///
/// A model declares its grids one behind the other. They are known when the program is compiled, so that a context's
/// place is a few additions.
struct ContextGrid {
  private let start: Int
  private let first: Int
  private let second: Int
  private let third: Int
  private let fourth: Int
  private let fifth: Int
  /// Probabilities of each context.
  private let each: Int

  @inline(__always)
  private init(_ start: Int, each: Int, _ first: Int, _ second: Int, _ third: Int, _ fourth: Int, _ fifth: Int) {
    (self.start, self.each) = (start, each)
    (self.first, self.second, self.third, self.fourth, self.fifth) = (first, second, third, fourth, fifth)
  }

  /// Contexts of one decision each, where the table begins.
  @inline(__always)
  static func first(_ a: Int, _ b: Int = 1, _ c: Int = 1, _ d: Int = 1, _ e: Int = 1) -> ContextGrid {
    ContextGrid(0, each: 1, a, b, c, d, e)
  }

  /// Contexts of one decision each, behind those of another grid.
  @inline(__always)
  static func behind(
    _ grid: ContextGrid, _ a: Int, _ b: Int = 1, _ c: Int = 1, _ d: Int = 1, _ e: Int = 1
  ) -> ContextGrid {
    ContextGrid(grid.end, each: 1, a, b, c, d, e)
  }

  /// Contexts of magnitudes, which ``Residual`` lays out, behind those of another grid.
  @inline(__always)
  static func magnitudes(behind grid: ContextGrid, _ a: Int, _ b: Int = 1) -> ContextGrid {
    ContextGrid(grid.end, each: Residual.magnitudeSize, a, b, 1, 1, 1)
  }

  /// The first place behind the grid.
  @inline(__always)
  var end: Int { start + first * second * third * fourth * fifth * each }

  @inline(__always)
  subscript(_ a: Int) -> Int { start &+ a &* each }
  @inline(__always)
  subscript(_ a: Int, _ b: Int) -> Int { start &+ (a &* second &+ b) &* each }
  @inline(__always)
  subscript(_ a: Int, _ b: Int, _ c: Int) -> Int { start &+ ((a &* second &+ b) &* third &+ c) &* each }
  @inline(__always)
  subscript(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Int {
    start &+ (((a &* second &+ b) &* third &+ c) &* fourth &+ d) &* each
  }
  @inline(__always)
  subscript(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ e: Int) -> Int {
    start &+ ((((a &* second &+ b) &* third &+ c) &* fourth &+ d) &* fifth &+ e) &* each
  }
}
