public import Calendar
public import Readings
import Storage
import Text

/// What a plug's last day of messages tells of its settings.
public struct PlugExamination {
  let store: HouseholdStore
  let zone: TimeZoneRules
  let zoneName: String
  let now: Timestamp

  /// - Parameters:
  ///   - zone: the site's, with its name.
  ///   - now: by the machine's clock.
  public init(_ store: HouseholdStore, zone: TimeZoneRules, zoneName: String, now: Timestamp) {
    self.store = store
    self.zone = zone
    self.zoneName = zoneName
    self.now = now
  }

  /// Readings looked at, newest last, and what was seen in them.
  private struct Seen {
    var times: [Timestamp] = []
    /// Plug clock minus what it should be by the site's zone (or by its own offset), in seconds.
    var skews: [Int64] = []
    /// Messages whose plug clock stood before 2000: it counts from 1970 until a time server answers.
    var withoutTime = 0
    var hasOffset = false
    var counterPlaces: Int?
    /// Totals in thousandths of a kWh, by channel.
    var counters: [UInt8: [Int64]] = [:]
    var countedByPower = CountedByPower()
    /// Where the counter is: the middle of all, because some may be false.
    var counter: Int64 { counters.values.map { $0.sorted()[$0.count / 2] }.max() ?? 0 }
    /// Milliwatts above zero, summed and counted.
    var powerSum: Int64 = 0
    var powerCount: Int64 = 0
  }

  public func findings() -> [Finding] {
    var findings: [Finding] = []
    for device in store.devices.compactMap(\.measured) {
      findings += examine(device, seen(of: device))
    }
    return findings
  }

  private func seen(of device: LogicalDevice) -> Seen {
    var seen = Seen()
    guard let member = device.members.last(where: { $0.last == device.last }) else { return seen }
    let range = member.last.advanced(byMilliseconds: -86_400_000)..<member.last.advanced(byMilliseconds: 1)
    store.reader.readings(of: member.device, in: range) { rows in
      seen.times += rows.times
      seen.countedByPower.add(rows)
      for column in rows.columns { look(at: column, rows.times, &seen) }
    }
    return seen
  }

  private func look(at column: ReadingColumns.Column, _ times: [Timestamp], _ seen: inout Seen) {
    let form = column.field.form
    for (time, value) in zip(times, column.values) where value != ReadingColumns.absent {
      switch column.field.key {
      case .time:
        guard let units = form.clockUnitsPerSecond else { continue }
        let clock = value.flooringQuotient(units)
        guard clock >= 946_684_800 else {
          seen.withoutTime += 1
          continue
        }
        if form.offsetMinutes != nil { seen.hasOffset = true }
        let offset = form.offsetMinutes.map { $0 * 60 } ?? zone.offset(at: time)
        seen.skews.append(clock - Int64(offset) - time.seconds)
      case .epoch: seen.hasOffset = true
      case .total:
        guard let places = form.decimalPlaces else { continue }
        seen.counterPlaces = max(seen.counterPlaces ?? 0, places)
        seen.counters[column.field.channel, default: []].append(Figure(value, places: places).rescaled(to: 3).mantissa)
      case .power:
        guard let places = form.decimalPlaces, value > 0 else { continue }
        let milliwatts = Figure(value, places: places).rescaled(to: 3).mantissa
        // No plug measures a gigawatt.
        guard milliwatts < 1_000_000_000_000 else { continue }
        seen.powerSum += milliwatts
        seen.powerCount += 1
      default: break
      }
    }
  }

  private func examine(_ device: LogicalDevice, _ seen: Seen) -> [Finding] {
    var findings: [Finding] = []
    func add(_ weight: Finding.Weight, _ text: String, _ advice: String? = nil, _ commands: String...) {
      findings.append(
        Finding(.plugs, weight, device: device.name, text, advice: advice, commands: commands))
    }
    let steps = zip(seen.times.sorted(), seen.times.sorted().dropFirst()).map { $1.milliseconds - $0.milliseconds }
    let period = steps.sorted().dropFirst(steps.count / 2).first
    let age = now.milliseconds - device.last.milliseconds
    if age > max(3_600_000, 10 * (period ?? 0)) {
      add(
        .problem, "silent for \(AgeText.text(seconds: age / 1000))", "is it in its socket, and in reach of the Wi-Fi?")
    }
    if age < -120_000 {
      add(.problem, "its last message lies in the future of this machine's clock", "set this machine's clock")
    }
    if let period, seen.times.count >= 4, period >= 250_000 {
      add(
        .hint, "sends every \(period / 1000) s; what happens in between is lost when it loses power",
        "let it send more often", "TelePeriod 30")
    }
    if seen.withoutTime > 0, seen.skews.isEmpty || seen.withoutTime * 10 > seen.times.count {
      add(
        .problem,
        "\(seen.withoutTime) of its last \(seen.times.count) messages carry the year 1970: no time server answers",
        "without the time its Today and Yesterday are wrong; let it reach a time server, such as your router",
        "NtpServer1 pool.ntp.org")
    }
    clock(seen, add)
    if !seen.hasOffset, !seen.skews.isEmpty {
      add(.hint, "writes its time without an offset, so an hour in autumn is ambiguous", nil, "SetOption52 1")
    }
    if let text = seen.countedByPower.finding { add(.problem, text, CountedByPower.advice) }
    counter(seen, add)
    return findings
  }

  private func clock(_ seen: Seen, _ add: (Finding.Weight, String, String?, String...) -> Void) {
    let skews = seen.skews.sorted()
    guard let skew = skews.dropFirst(skews.count / 2).first, skew.magnitude > 120 else { return }
    let quarters = (skew + (skew < 0 ? -450 : 450)) / 900
    let rest = skew - quarters * 900
    if !seen.hasOffset, quarters != 0, rest.magnitude <= 120, quarters.magnitude <= 4 * 26 {
      let minutes = Int64(quarters.magnitude) * 15
      let text = minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes) min"
      let commands = TasmotaZone.commands(for: zone, around: now)
      add(
        .problem, "its clock is \(text) \(skew > 0 ? "ahead of" : "behind") \(zoneName): another time zone",
        "its day begins at another midnight than the site's; set its zone", commands)
    } else {
      let text = AgeText.text(seconds: Int64(skew.magnitude))
      add(
        .problem, "its clock is \(text) \(skew > 0 ? "ahead" : "behind")",
        "let it reach a time server, or mend this machine's clock", "NtpServer1 pool.ntp.org")
    }
  }

  private func counter(_ seen: Seen, _ add: (Finding.Weight, String, String?, String...) -> Void) {
    guard let places = seen.counterPlaces else { return }
    // Total is a 32-bit floating-point number in the firmware: above 2^13 kWh its step is 2^-10 kWh.
    if seen.counter >= 16_384_000 {
      add(
        .hint,
        "its counter has reached \(seen.counter / 1000) kWh, where the firmware counts in steps of "
          + (seen.counter >= 131_072_000 ? "0.016" : seen.counter >= 65_536_000 ? "0.008" : "0.002") + " kWh or more",
        "set it back to keep its digits; wattlog notices and counts on", "EnergyTotal 0")
      return
    }
    guard seen.powerCount > 0, places < 5 else { return }
    let milliwatts = seen.powerSum / seen.powerCount
    // Seconds for which the mean power fills one step of the counter.
    let step = 3600 * Energy.unit(places: places).milliwattHours / max(milliwatts, 1)
    guard step > 15 * 60 else { return }
    let mean = Figure(milliwatts, places: 3).rescaled(to: 1).text
    add(
      .hint,
      "at its mean of \(mean) W a step of its counter (\(Figure(1, places: places).text) kWh) takes "
        + AgeText.text(seconds: step), "let it send more decimals", "EnergyRes 5")
  }
}
