/// The energy counter of one channel, as the ESP8266 keeps it (xdrv_03_energy.ino, EnergyUpdateToday and Energy200ms).
///
/// Units: `today`, `offset`, `yesterday` and the bases 1e-5 kWh, `total` whole Wh, what waits microjoules.
struct EnergyCounter: Sendable, Equatable {
  /// 1e-5 kWh in microjoules: what has to gather before the counter moves.
  static let unit: Int64 = 36_000_000

  /// Settings: what the flash holds and a power cut leaves.
  struct Saved: Sendable, Equatable {
    var total: Int64 = 0
    var today: Int64 = 0
    var yesterday: Int64 = 0
  }

  /// `kWhtotal_ph`: Total at the last midnight, in whole Wh.
  var total: Int64 = 0
  /// `kWhtoday_offset`: what Today had when the plug started.
  private(set) var offset: Int64 = 0
  /// `kWhtoday`: since the start or since midnight.
  private(set) var running: Int64 = 0
  /// `kWhtoday_delta`: not yet moved into `running`.
  private(set) var waiting: Int64 = 0
  private(set) var periodBase: Int64 = 0
  /// False until Today's saved part has been added (or a midnight has passed).
  private(set) var isOffsetKnown = true
  var saved = Saved()

  /// What went back, where the meter has registers of its own: since it was made, and since midnight.
  private(set) var exported: Int64 = 0
  private(set) var exportedToday: Int64 = 0
  private var exportWaiting: Int64 = 0

  /// `kWhtoday_ph`, int32 on the plug.
  var today: Int64 { offset + running }

  /// - Returns: by how many units Today has moved.
  @inline(__always)
  mutating func add(microjoules: Int64) -> Int64 {
    waiting += microjoules
    guard waiting.magnitude > EnergyCounter.unit.magnitude else { return 0 }
    let units = waiting / EnergyCounter.unit
    waiting -= units * EnergyCounter.unit
    running += units
    return units
  }

  mutating func addExport(microjoules: Int64) -> Int64 {
    exportWaiting += microjoules
    let units = exportWaiting / EnergyCounter.unit
    exportWaiting -= units * EnergyCounter.unit
    exported += units
    exportedToday += units
    return units
  }

  /// Midnight: Today moves into Total without its last two digits, and starts again from zero.
  mutating func rollOver() {
    // After a power cut RTC memory holds the saved Today until the clock is known; it is yesterday's then.
    let today = isOffsetKnown ? today : saved.today + running
    saved.yesterday = today
    total += today / 100
    saved.total = total
    saved.today = 0
    periodBase -= today
    offset = 0
    running = 0
    exportedToday = 0
    isOffsetKnown = true
  }

  /// A restart that was asked for: RTC memory lives on and Settings are written.
  mutating func restart() {
    saved.today = today
    saved.total = total
    offset = today
    running = 0
    waiting = 0
    periodBase = offset
  }

  /// A restart that nobody asked for: RTC memory lives on, Settings keep what they had.
  mutating func crash() {
    offset = today
    running = 0
    waiting = 0
    periodBase = offset
  }

  /// The supply is back after a cut: only Settings are left.
  mutating func startFromSettings() {
    total = saved.total
    offset = 0
    running = 0
    waiting = 0
    periodBase = 0
    exportedToday = 0
    isOffsetKnown = false
  }

  /// The clock has become known and it is still the day of which Settings hold a Today.
  mutating func restoreToday() {
    guard !isOffsetKnown else { return }
    offset = saved.today
    isOffsetKnown = true
  }

  /// Period in 1e-5 kWh: Today's step since it was last shown, which showing moves.
  mutating func takePeriod() -> Int64 {
    let period = today - periodBase
    periodBase = today
    return period
  }

  /// Command `EnergyTotal`: sets Total as it was at midnight, in Wh.
  mutating func setTotal(wattHours: Int64) {
    total = wattHours
    saved.total = wattHours
  }

  /// Command `EnergyToday`, in 1e-5 kWh.
  mutating func setToday(_ value: Int64) {
    offset = value
    running = 0
    waiting = 0
    periodBase = value
    saved.today = value
    isOffsetKnown = true
  }

  /// Command `EnergyYesterday`, in 1e-5 kWh.
  mutating func setYesterday(_ value: Int64) {
    saved.yesterday = value
  }

  /// The old command `EnergyReset`: all three registers.
  mutating func clear() {
    setToday(0)
    setYesterday(0)
    setTotal(wattHours: 0)
  }

  /// A counter that has been running for a while.
  init(total: Int64 = 0, today: Int64 = 0, yesterday: Int64 = 0, exported: Int64 = 0) {
    self.total = total
    running = today
    periodBase = today
    saved = Saved(total: total, today: 0, yesterday: yesterday)
    self.exported = exported
  }

  // Printed values, in the float32 arithmetic of the firmware.

  var printedTotal: Float { Float(total) / 1000 + Float(today) / 100_000 }
  var printedToday: Float { Float(today) / 100_000 }
  var printedYesterday: Float { Float(saved.yesterday) / 100_000 }
  var printedExport: Float { Float(exported) / 100_000 }
  var printedExportToday: Float { Float(exportedToday) / 100_000 }
}
