import Clock
import Household
import Readings
import Simulation
import Subscriber
import Text

extension Command {
  private static let devices = Option(
    "devices", value: "LIST", "kinds, and names of a kind: fridge,kettle,pc-2 (default: fridge,kettle,tv,washer,pc)")
  private static let telePeriod = Option("period", value: "SPAN", "how often a plug sends, 10s to 1h (default: 10s)")
  private static let seed = Option("seed", value: "N", "the same seed gives the same bytes (default: 1)")
  private static let faults = Option("faults", value: "LIST", "what goes wrong: " + Fault.names.joined(separator: ", "))
  private static let truth = Option("truth", value: "FILE", "write the true kWh per device and local day as CSV")
  private static let speed = Option("speed", value: "FACTOR", "with --broker: faster than real time, 1 to 86400")

  static let simulate = Command(
    name: "simulate", summary: "Tasmota plugs that behave as the firmware does",
    description: """
      Writes capture lines to stdout as fast as it can, or publishes live with --broker (retained LWT and discovery \
      included) until it is stopped; a broker that goes away is waited for. Kinds: \
      \(ApplianceKind.names.joined(separator: ", ")).
      Without --from and --to the last 24 hours are simulated. With --broker a --from in the past lets the plugs live up \
      to now unheard, so that they go on where capture lines with the same options and seed end.
      """,
    options: [devices, .from, .to, telePeriod, seed, faults, truth, .output, speed] + PlugSettings.options
      + Option.brokerOptions,
    examples: [
      ("wattlog simulate --from 2026-10-24 --to 2026-10-26 --seed 7 | wattlog replay -", "two days to try reports on"),
      ("wattlog simulate --devices fridge,tv,solar --broker mqtt://localhost", "three plugs on a broker until stopped"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    // WATTLOG_BROKER may be set for the recorder; plugs are published only where this command line says so.
    let isLive = arguments.isTyped(.broker)
    let now = SystemClock.now.truncated(toMilliseconds: 1000)
    let to = try zone.instant(.to, arguments, now: now) ?? (isLive ? nil : now)
    let from =
      try zone.instant(.from, arguments, now: now)
      ?? (isLive ? now : (to ?? now).advanced(byMilliseconds: -86_400_000))
    var options = SimulationOptions(devices: try deviceList(arguments), from: from, to: to)
    options.period = Int((try arguments.span(telePeriod, in: 10_000...3_600_000) ?? 10_000) / 1000)
    options.seed = UInt64(try arguments.whole(seed, in: 0...Int64.max) ?? 1)
    options.faults = try faultSet(arguments)
    let end = to ?? from.advanced(byMilliseconds: 2 * 366 * 86_400_000)
    try PlugSettings.apply(arguments, site: zone, to: &options)
    var household: Household
    do throws(SimulationError) {
      household = try Household(options)
    } catch {
      throw .usage("cannot simulate: \(error)")
    }
    let code =
      isLive
      ? try publish(&household, options, arguments, settings, console)
      : try writeLines(&household, from: from, to: end, arguments, console)
    if let path = arguments.text(truth) {
      let file = try OutputFile(path)
      try file.write(household.truthCSV())
      try file.finish()
    }
    return code
  }

  private static func deviceList(_ arguments: Arguments) throws(Failure) -> [SimulatedDevice] {
    let names = (arguments.text(devices) ?? "fridge,kettle,tv,washer,pc").split(separator: ",").map(String.init)
    var result: [SimulatedDevice] = []
    for name in names {
      guard let device = SimulatedDevice(name: name) else {
        let kind = String(name.prefix { $0 != "-" })
        throw .usage(
          "\(arguments.origin(devices)) does not know '\(SafeText.printable(name))'",
          Arguments.suggestion(for: kind, among: ApplianceKind.names)
            ?? "it takes " + ApplianceKind.names.joined(separator: ", ") + " and names such as fridge-2")
      }
      result.append(device)
    }
    return result
  }

  private static func faultSet(_ arguments: Arguments) throws(Failure) -> Set<Fault> {
    var result: Set<Fault> = []
    for name in (arguments.text(faults) ?? "").split(separator: ",").map(String.init) {
      guard let fault = Fault(rawValue: name) else {
        throw .usage(
          "\(arguments.origin(faults)) does not know '\(SafeText.printable(name))'",
          Arguments.suggestion(for: name, among: Fault.names) ?? "it takes " + Fault.names.joined(separator: ", "))
      }
      result.insert(fault)
    }
    return result
  }

  private static func writeLines(
    _ household: inout Household, from: Timestamp, to: Timestamp, _ arguments: Arguments, _ console: Console
  ) throws(Failure) -> ExitCode {
    StopSignal.watch()
    let output = try OutputFile(arguments.text(.output))
    var lines: [UInt8] = []
    while household.appendLines(to: &lines) {
      try output.write(lines)
      lines.removeAll(keepingCapacity: true)
      if let code = StopSignal.exitCode {
        try output.finish()
        return code
      }
    }
    try output.finish()
    return .done
  }

  private static func publish(
    _ household: inout Household, _ options: SimulationOptions, _ arguments: Arguments, _ settings: Settings,
    _ console: Console
  ) throws(Failure) -> ExitCode {
    let factor = try arguments.whole(speed, in: 1...86_400)
    let connection = try BrokerSettings.options(arguments, settings, role: "simulate")
    StopSignal.watch()
    var plugs = try PlugPublisher(connection, console)
    console.note("publishing \(options.devices.count) plugs to \(connection.broker)")
    let now = SystemClock.monotonicNanoseconds
    let simulatedStart = options.from.milliseconds * 1_000_000
    // Without --speed the plugs' clocks are the machine's: what began before now has gone by unheard.
    let unheard = SystemClock.now.milliseconds * 1_000_000 - simulatedStart
    let isCatchingUp = factor == nil && unheard > 0 && options.to.map { $0 > SystemClock.now } ?? true
    let start = isCatchingUp ? now - unheard : now
    var hasCaughtUp = !isCatchingUp
    while !StopSignal.isReceived, let message = household.next() {
      if message.isRedelivery { continue }
      let due = start + (message.receivedAtNanoseconds - simulatedStart) / (factor ?? 1)
      if !hasCaughtUp {
        if due < now {
          plugs.keep(message)
          continue
        }
        hasCaughtUp = true
        plugs.publishKept()
      }
      // The connection is served at least every second, whatever the plugs' period.
      while !StopSignal.isReceived {
        let wait = due - SystemClock.monotonicNanoseconds
        if wait <= 0 { break }
        if wait > 50_000_000 {
          plugs.wait(milliseconds: min(1000, wait / 1_000_000))
        } else {
          StopSignal.sleep(nanoseconds: wait)
        }
      }
      if !StopSignal.isReceived { plugs.publish(message) }
    }
    plugs.close(options.devices.map(\.name))
    return StopSignal.exitCode ?? .done
  }
}

extension ApplianceKind {
  fileprivate static var names: [String] { allCases.map(\.rawValue) }
}

extension Fault {
  fileprivate static var names: [String] { allCases.map(\.rawValue) }
}
