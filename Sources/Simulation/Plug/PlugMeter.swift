import Readings

/// The channels of a plug: what draws power there and what the counters make of it.
struct PlugMeter: Sendable {
  struct Channel: Sendable {
    var appliance: Appliance
    var step: LoadStep
    var counter: EnergyCounter
  }

  /// What went by between two instants.
  struct Passed: Sendable {
    /// Microjoules.
    var used: Int64 = 0
    var exported: Int64 = 0
    /// The part of `used` that went by while the plug was starting.
    var uncounted: Int64 = 0
    /// 1e-5 kWh by which Today moved forward.
    var counted: Int64 = 0
  }

  private(set) var channels: [Channel]
  /// UTC milliseconds up to which energy is counted: the plug's present.
  private(set) var now: Int64
  /// What TotalStartTime shows, in seconds of the plug's clock.
  private(set) var startTime: Int64
  /// The driver of a meter has not spoken since the start: it is taken for one of three phases, all zero.
  private(set) var arePhasesUnknown = false
  private(set) var measurements: [PowerMeasurement] = []
  /// SetOption129: Total, Yesterday and Today of several channels as arrays.
  private(set) var splitsTotals = false
  private var siteOffset: Int64 = 0
  private var siteOffsetUntil = Int64.min

  init(channels: [Channel], now: Int64, startTime: Int64, splitsTotals: Bool) {
    self.splitsTotals = splitsTotals
    self.channels = channels
    self.now = now
    self.startTime = startTime
  }

  var watts: [Int64] { channels.map { $0.step.milliwatts / 1000 } }

  /// The next instant at which a relay may switch.
  var nextSwitch: Int64 { channels.reduce(Int64.max) { min($0, $1.step.until) } }

  mutating func withCounters(_ body: (inout EnergyCounter) -> Void) {
    for index in channels.indices { body(&channels[index].counter) }
  }

  mutating func setCounter(_ index: Int, _ counter: EnergyCounter) { channels[index].counter = counter }

  mutating func takePeriod(_ index: Int) -> Int64 { channels[index].counter.takePeriod() }

  mutating func begin(startTime: Int64) { self.startTime = startTime }

  mutating func switchTotals() { splitsTotals.toggle() }

  mutating func forgetPhases(_ isMainMeter: Bool) { arePhasesUnknown = isMainMeter }

  mutating func phasesAreKnown() { arePhasesUnknown = false }

  /// The same meter at its last start, as far as old messages tell.
  mutating func putBack(to instant: Int64) { now = instant }

  /// Moves on to an instant, and the loads to the steps that hold from there.
  mutating func advance(to instant: Int64, _ supply: PlugSupply, _ house: HouseRules) -> Passed {
    var passed = Passed()
    let form = house.options.solarExport
    for index in channels.indices {
      var from = now
      while true {
        let step = channels[index].step
        let end = min(step.until, instant)
        if supply.isOn, end > from, step.milliwatts != 0 {
          count(step.milliwatts * (end - from), index, supply.isCounting, form, &passed)
        }
        guard step.until <= instant else { break }
        from = end
        channels[index].step = channels[index].appliance.step(surroundings(at: from, house))
      }
    }
    now = instant
    return passed
  }

  @inline(__always)
  private mutating func count(
    _ energy: Int64, _ index: Int, _ isCounting: Bool, _ form: SimulationOptions.ExportForm, _ passed: inout Passed
  ) {
    if !isCounting { passed.uncounted += max(0, energy) }
    if energy > 0 {
      passed.used += energy
      if isCounting { passed.counted += channels[index].counter.add(microjoules: energy) }
    } else {
      passed.exported -= energy
      guard isCounting else { return }
      if form != .backwards { _ = channels[index].counter.addExport(microjoules: -energy) }
      if form != .registers { _ = channels[index].counter.add(microjoules: energy) }
    }
  }

  private mutating func surroundings(at instant: Int64, _ house: HouseRules) -> Surroundings {
    if instant >= siteOffsetUntil {
      (siteOffset, siteOffsetUntil) = house.options.siteClock.span(at: instant)
    }
    return Surroundings(now: instant, offset: siteOffset, solarOffset: house.solarOffset)
  }

  /// Looks at every channel as the meter's chip does.
  mutating func measure(_ house: HouseRules, hasOwnVoltages: Bool, _ noise: inout RandomStream) {
    measurements.removeAll(keepingCapacity: true)
    if hasOwnVoltages { return measurePhases(house, &noise) }
    let grid = house.grid.millivolts(at: now, offset: siteOffset)
    let load = channels.reduce(0) { $0 + $1.step.milliwatts }
    // A quarter of an ohm between the meter and the socket.
    let millivolts = grid - load / (4 * grid / 1000)
    for channel in channels {
      let step = channel.step
      guard step.relayOn else {
        measurements.append(.none)
        continue
      }
      // Current and power come from different windows of the meter: they never quite fit.
      let exact = abs(step.milliwatts) * 1_000_000_000 / (millivolts * step.factor)
      let measured = exact + exact * (Int64(noise.next() & 2047) - 1024) / 524_288
      measurements.append(
        PowerMeasurement(milliwatts: step.milliwatts, millivolts: millivolts, microamperes: measured))
    }
  }
  private mutating func measurePhases(_ house: HouseRules, _ noise: inout RandomStream) {
    for (index, channel) in channels.enumerated() {
      let source = index == 0 ? house.grid : house.otherPhases[index - 1]
      let grid = source.millivolts(at: now, offset: siteOffset)
      let step = channel.step
      let millivolts = grid - step.milliwatts / (4 * grid / 1000)
      let exact = abs(step.milliwatts) * 1_000_000_000 / (millivolts * step.factor)
      let measured = exact + exact * (Int64(noise.next() & 2047) - 1024) / 1_048_576
      measurements.append(
        PowerMeasurement(milliwatts: step.milliwatts, millivolts: millivolts, microamperes: measured))
    }
  }
}
