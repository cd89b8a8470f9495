import Readings

/// The text of SENSOR, as EnergyShow of the firmware makes it.
extension Plug {
  mutating func putSensor(
    withPeriod: Bool, glitch: SensorGlitch?, _ house: HouseRules, into text: inout MessageText
  ) {
    let options = house.options
    meter.measure(house, hasOwnVoltages: build.hasOwnVoltages, &chances.noise)
    text.put("{")
    putTime(house, into: &text)
    text.put(",\"ENERGY\":{\"TotalStartTime\":\"")
    text.put(clock: meter.startTime)
    text.put("\",\"Total\":")
    putCounters(glitch, house, into: &text)
    if build.isMeteringExport, options.solarExport != .backwards { putExport(house, into: &text) }
    if withPeriod {
      text.put(",\"Period\":")
      var periods: (Int64, [Int64]) = (0, [])
      for index in meter.channels.indices {
        let period = meter.takePeriod(index)
        if meter.channels.count == 1 { periods.0 = period } else { periods.1.append(period) }
      }
      if meter.channels.count == 1 {
        text.put(Float(periods.0) / 100, places: options.powerResolution)
      } else {
        putList(meter.channels.count, options.powerResolution, into: &text) { Float(periods.1[$0]) / 100 }
      }
    }
    let shown = meter.arePhasesUnknown ? Array(repeating: .none, count: 3) : meter.measurements
    text.put(",\"Power\":")
    putList(shown.count, options.powerResolution, into: &text) {
      glitch == .wildPower ? 65_535 : shown[$0].power
    }
    text.put(",\"ApparentPower\":")
    putList(shown.count, options.powerResolution, into: &text) { shown[$0].apparent }
    text.put(",\"ReactivePower\":")
    putList(shown.count, options.powerResolution, into: &text) { shown[$0].reactive }
    text.put(",\"Factor\":")
    putList(shown.count, 2, into: &text) { shown[$0].factor }
    if build.hasOwnVoltages {
      text.put(",\"Frequency\":")
      text.put(Float(house.grid.centihertz(at: now)) / 100, places: 2)
    }
    text.put(",\"Voltage\":")
    if build.isPhaseMeter {
      putList(shown.count, options.voltageResolution, into: &text) { shown[$0].voltage }
    } else {
      text.put(shown.reduce(0) { max($0, $1.voltage) }, places: options.voltageResolution)
    }
    text.put(",\"Current\":")
    putList(shown.count, options.currentResolution, into: &text) { shown[$0].current }
    text.put("}}")
    meter.phasesAreKnown()
  }

  /// One number, or an array when the plug has several channels (EnergyFmt).
  @inline(__always)
  private func putList(_ count: Int, _ places: Int, into text: inout MessageText, _ value: (Int) -> Float) {
    guard count > 1 else {
      text.put(value(0), places: places)
      return
    }
    text.put("[")
    for index in 0..<count {
      if index > 0 { text.put(",") }
      text.put(value(index), places: places)
    }
    text.put("]")
  }

  /// The values of Total, Yesterday and Today, the first without its key.
  func putCounters(_ glitch: SensorGlitch?, _ house: HouseRules, into text: inout MessageText) {
    let areZero = glitch == .zeroCounters
    putEnergy(house, into: &text) { counter in
      switch glitch {
      case .zeroTotal, .zeroCounters: 0
      case .wildTotal: counter.printedTotal + 42_949.672
      default: counter.printedTotal
      }
    }
    text.put(",\"Yesterday\":")
    putEnergy(house, into: &text) { areZero ? 0 : $0.printedYesterday }
    text.put(",\"Today\":")
    putEnergy(house, into: &text) { areZero ? 0 : $0.printedToday }
  }

  /// The sum over the channels in float32, or with SetOption129 each on its own.
  @inline(__always)
  private func putEnergy(_ house: HouseRules, into text: inout MessageText, _ value: (EnergyCounter) -> Float) {
    let places = house.options.energyResolution
    let phases = meter.arePhasesUnknown ? 3 : meter.channels.count
    if meter.splitsTotals, phases > 1 {
      putList(phases, places, into: &text) {
        meter.channels.indices.contains($0) ? value(meter.channels[$0].counter) : 0
      }
    } else {
      var sum: Float = 0
      for channel in meter.channels { sum += value(channel.counter) }
      text.put(sum, places: places)
    }
  }

  private func putExport(_ house: HouseRules, into text: inout MessageText) {
    let places = house.options.energyResolution
    text.put(",\"TodaySumImport\":")
    text.put(meter.channels.reduce(0) { $0 + $1.counter.printedToday }, places: places)
    text.put(",\"TodaySumExport\":")
    text.put(meter.channels.reduce(0) { $0 + $1.counter.printedExportToday }, places: places)
    text.put(",\"ExportActive\":")
    putList(meter.channels.count, places, into: &text) { meter.channels[$0].counter.printedExport }
  }
}
