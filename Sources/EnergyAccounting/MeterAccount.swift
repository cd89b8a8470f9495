package import Readings

/// One logical device, fed in time order; every step of its counters becomes energy between cut points.
package struct MeterAccount: Sendable {
  private let cutPoints: [Timestamp]
  private let options: MeteringOptions
  package init(cutPoints: [Timestamp], options: MeteringOptions = MeteringOptions()) {
    self.cutPoints = cutPoints
    self.options = options
  }
  package mutating func add(_ rows: ReadingColumns, device: Device) {}
  package mutating func add(_ event: Event) {}
  package mutating func finish() -> DeviceLedger { DeviceLedger(cutPoints: cutPoints) }
}
