import Calendar
import Clock
import Configuration
import Household
import Readings
import Subscriber
import Tasmota
import Text

extension Command {
  private static let duration = Option("for", value: "SPAN", "how long to listen at most, 1s to 1d (default: 6m)")
  /// What the broker has kept arrives within seconds; a plug that sends each 10 s is heard too.
  private static let shortest: Int64 = 11_000

  static let discover = Command(
    name: "discover", summary: "what is on the broker, and what would be recorded",
    description: """
      Listens to everything on the broker and prints the plugs that it knows, when each will speak next, and the tree \
      of topics: what would be recorded, what is ignored or refused and why, and what is retained. Stores nothing. \
      It goes on until every plug that is online has spoken, or --for ends; an interrupt prints what was heard up to \
      then.
      """,
    options: [duration, .topic, .json] + Option.brokerOptions,
    examples: [
      ("wattlog discover --broker mqtt://homeassistant.local", "every plug, also those that speak each 5 min"),
      ("wattlog discover --topic 'tele/#' --json", "one branch of the tree, for a script"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let options = try BrokerSettings.options(arguments, settings, role: "discover")
    let length = try arguments.span(duration, in: 1000...86_400_000) ?? 360_000
    let zone = try SiteZone(arguments, settings, console)
    let filters = try heardFilters(arguments)
    StopSignal.watch()
    let session = try BrokerSession(options, filters: filters, console)
    var survey = TopicSurvey(maximumDevices: settings.configuration.record.maximumDevices)
    let start = SystemClock.monotonicNanoseconds
    var bar = ProgressBar("listening", total: length / 1000, unit: .seconds, console)
    var hasNamed = false
    console.note("listening to \(options.broker) for \(SpanText.text(milliseconds: length)) at most")
    try session.listen(until: start + length * 1_000_000) { topic, payload, entry in
      survey.add(
        topic: topic, payload: payload, retained: entry.isRetained,
        receivedAt: Timestamp(milliseconds: entry.receivedAt))
    } tick: { () throws(Failure) in
      let elapsed = SystemClock.monotonicNanoseconds - start
      bar.update(elapsed / 1_000_000_000)
      if !hasNamed, elapsed > 2_000_000_000 {
        hasNamed = true
        if let sentence = survey.plugs.awaited { console.note(sentence) }
      }
    } isDone: {
      survey.plugs.isComplete && SystemClock.monotonicNanoseconds - start > shortest * 1_000_000
    }
    bar.finish()
    let output = try OutputFile(nil)
    try output.write(
      arguments.isSet(.json) ? survey.json : survey.plugs.table(in: { time(of: $0, in: zone) }) + survey.tree)
    try output.finish()
    guard !survey.entries.isEmpty else {
      console.note("nothing was heard; is this the broker of the plugs, and may this user read their topics?")
      return .noData
    }
    return StopSignal.exitCode ?? .done
  }

  /// What is listened to: everything, unless `--topic` says less.
  private static func heardFilters(_ arguments: Arguments) throws(Failure) -> [String] {
    guard arguments.isSet(.topic) else { return ["#"] }
    var filters: [String] = []
    for text in arguments.texts(.topic) {
      do throws(SubscriptionFilter.Problem) {
        filters.append(try SubscriptionFilter(text).text)
      } catch {
        throw .usage("\(arguments.origin(.topic)) '\(SafeText.printable(text))' \(error)")
      }
    }
    return filters
  }

  /// `12:03:20`
  private static func time(of instant: Timestamp, in zone: SiteZone) -> String {
    let local = zone.rules.local(at: instant)
    return [local.hour, local.minute, local.second].map { String($0, padded: 2) }.joined(separator: ":")
  }
}
