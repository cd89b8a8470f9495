import Calendar
import Household
import Readings
import Simulation
import Text

/// The options of `simulate` that say how its plugs are set up, by the names of Tasmota's commands.
enum PlugSettings {
  private static let channels = Option(
    "channels", value: "NAME=N", repeats: true, "a plug with 2 to 8 channels; may be repeated")
  private static let plugZone = Option(
    "plug-timezone", value: "ZONE", "zone of the plugs' clocks; 'firmware' is +01:00 all year (default: the site's)")
  private static let timeFormat = Option(
    "time-format", value: "FORM", choices: SimulationOptions.TimeFormat.allCases.map(\.rawValue),
    "how plugs write Time (default: local)")
  private static let powerDelta = Option(
    "power-delta", value: "N", "PowerDelta: 1 to 100 percent, 101 to 32000 watts plus 100 (default: 0, off)")
  private static let energyResolution = Option("energy-res", value: "N", "EnergyRes, decimals of kWh (default: 3)")
  private static let wattResolution = Option("watt-res", value: "N", "WattRes, decimals of watts (default: 0)")
  private static let voltResolution = Option("volt-res", value: "N", "VoltRes, decimals of volts (default: 0)")
  private static let ampereResolution = Option("amp-res", value: "N", "AmpRes, decimals of amperes (default: 3)")
  private static let splitTotals = Option(
    "split-totals", "SetOption129: Total, Today and Yesterday of several channels as arrays")
  private static let exportForm = Option(
    "export", value: "FORM", choices: SimulationOptions.ExportForm.allCases.map(\.rawValue),
    "how solar plugs tell what went back: own counters, Total runs backwards, or both (default: registers)")
  private static let poll = Option(
    "poll", value: "SPAN", "a script asks each plug for Status 8 so often, 1s to 1h, beside --period (default: never)")
  private static let copies = Option(
    "copies", value: "WHERE", choices: SimulationOptions.Copies.allCases.map(\.rawValue),
    "a bridge brings every message a second time: under the same topic, or under bridge/ and the topic")
  private static let noState = Option("no-state", "leave out the STATE message before each SENSOR")

  static let options: [Option] = [
    channels, plugZone, timeFormat, powerDelta, energyResolution, wattResolution, voltResolution, ampereResolution,
    splitTotals, exportForm, poll, copies, noState,
  ]

  /// Sets the clocks of site and plugs and everything else that is not a matter of the household.
  static func apply(_ arguments: Arguments, site zone: SiteZone, to options: inout SimulationOptions) throws(Failure) {
    // A year more on both sides shows which offset is standard time; the sun goes by that.
    let year: Int64 = 366 * 86_400_000
    let end = options.to ?? options.from.advanced(byMilliseconds: year)
    guard options.from < end else {
      throw .usage("the range is empty: --from is not before --to", "--to is the first instant that is not included")
    }
    let span = options.from.advanced(byMilliseconds: -year)..<end.advanced(byMilliseconds: year)
    options.siteClock = ClockOffsets(over: span) { zone.rules.offset(at: $0) }
    options.plugClock = try plugClock(arguments, over: span) ?? options.siteClock
    try setChannels(arguments, of: &options.devices)
    if let text = arguments.text(timeFormat), let form = SimulationOptions.TimeFormat(rawValue: text) {
      options.timeFormat = form
    }
    if let text = arguments.text(exportForm), let form = SimulationOptions.ExportForm(rawValue: text) {
      options.solarExport = form
    }
    options.pollMilliseconds = Int(try arguments.span(poll, in: 1000...3_600_000) ?? 0)
    options.copies = arguments.text(copies).flatMap(SimulationOptions.Copies.init(rawValue:))
    options.powerDelta = try whole(powerDelta, arguments, in: 0...32_000) ?? 0
    options.energyResolution = try whole(energyResolution, arguments, in: 0...5) ?? 3
    options.powerResolution = try whole(wattResolution, arguments, in: 0...3) ?? 0
    options.voltageResolution = try whole(voltResolution, arguments, in: 0...3) ?? 0
    options.currentResolution = try whole(ampereResolution, arguments, in: 0...3) ?? 3
    options.splitTotals = arguments.isSet(splitTotals)
    options.sendsState = !arguments.isSet(noState)
  }

  private static func whole(
    _ option: Option, _ arguments: Arguments, in range: ClosedRange<Int64>
  ) throws(Failure) -> Int? {
    try arguments.whole(option, in: range).map { Int($0) }
  }

  private static func setChannels(_ arguments: Arguments, of devices: inout [SimulatedDevice]) throws(Failure) {
    for text in arguments.texts(channels) {
      let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let count = Int(parts[1]), (1...8).contains(count) else {
        throw .usage("--channels '\(SafeText.printable(text))' is not NAME=N with N from 1 to 8", "such as pc=2")
      }
      guard let index = devices.firstIndex(where: { $0.name == parts[0] }) else {
        throw .usage(
          "--channels names '\(SafeText.printable(parts[0]))', which is not among the devices",
          Arguments.suggestion(for: parts[0], among: devices.map(\.name)))
      }
      devices[index].channels = count
    }
  }

  private static func plugClock(
    _ arguments: Arguments, over span: Range<Timestamp>
  ) throws(Failure) -> ClockOffsets? {
    guard let name = arguments.text(plugZone) else { return nil }
    if name == "firmware" { return .firmwareDefault }
    let bytes: [UInt8]
    do throws(ZoneFiles.Unknown) {
      bytes = try ZoneFiles.load(name)
    } catch {
      throw .usage("\(arguments.origin(plugZone)): \(error.cause)", error.advice)
    }
    do throws(TimeZoneError) {
      let rules = try TimeZoneRules(tzif: bytes)
      return ClockOffsets(over: span) { rules.offset(at: $0) }
    } catch {
      throw Failure(.failed, "the zone file of '\(SafeText.printable(name))' is damaged: \(error)", "reinstall tzdata")
    }
  }
}
