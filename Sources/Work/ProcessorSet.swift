import CScheduler
import Glibc

/// Processors by their numbers.
public struct ProcessorSet {
  var bits = cpu_set_t()

  /// Those that this process may run on.
  public static var allowed: ProcessorSet {
    var set = ProcessorSet()
    if sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set.bits) != 0 { set.words { $0[0] = 1 } }
    return set
  }

  public var count: Int {
    var set = self
    return set.words { words in words.reduce(0) { $0 + $1.nonzeroBitCount } }
  }

  func without(_ processor: Int32) -> ProcessorSet {
    var set = self
    let number = Int(processor)
    set.words { words in
      guard number >= 0, number / UInt.bitWidth < words.count else { return }
      words[number / UInt.bitWidth] &= ~(1 << UInt(number % UInt.bitWidth))
    }
    return set
  }

  private mutating func words<Result>(_ body: (UnsafeMutableBufferPointer<UInt>) -> Result) -> Result {
    withUnsafeMutableBytes(of: &bits) { body($0.bindMemory(to: UInt.self)) }
  }
}
