/// Memory of a block while it is coded, freed with its owner; ``base`` must not be used after that.
final class RowMemory<Element> {
  let base: UnsafeMutablePointer<Element>

  init(repeating value: Element, count: Int) {
    base = .allocate(capacity: count)
    base.initialize(repeating: value, count: count)
  }

  /// - Precondition: elements are plain numbers, which need no end.
  deinit { base.deallocate() }
}
