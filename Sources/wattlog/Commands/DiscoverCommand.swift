import Configuration
import Readings
import Subscriber
import Text

extension Command {
  private static let duration = Option("for", value: "SPAN", "how long to listen, 1s to 1d (default: 60s)")

  static let discover = Command(
    name: "discover", summary: "what is on the broker, and what would be recorded",
    description: """
      Listens to everything on the broker and prints the tree of topics: what would be recorded, what is ignored or \
      refused and why, and what is retained. Stores nothing. Listen for as long as the plugs' TelePeriod to see them \
      all; an interrupt prints what was heard up to then.
      """,
    options: [duration, .topic, .json] + Option.brokerOptions,
    examples: [
      ("wattlog discover --broker mqtt://homeassistant.local --for 5m", "see every plug with a TelePeriod of 300 s"),
      ("wattlog discover --topic 'tele/#' --json", "one branch of the tree, for a script"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let options = try BrokerSettings.options(arguments, settings, role: "discover")
    let length = try arguments.span(duration, in: 1000...86_400_000) ?? 60_000
    StopSignal.watch()
    let session = try BrokerSession(
      options, filters: arguments.isSet(.topic) ? arguments.texts(.topic) : ["#"], console)
    var survey = TopicSurvey(maximumDevices: settings.configuration.record.maximumDevices)
    let start = SystemClock.monotonicNanoseconds
    var bar = ProgressBar("listening", total: length / 1000, unit: .items("s"), console)
    console.note("listening to \(options.broker) for \(SpanText.text(milliseconds: length))")
    try session.listen(until: start + length * 1_000_000) { topic, payload, entry in
      survey.add(
        topic: topic, payload: payload, retained: entry.isRetained,
        receivedAt: Timestamp(milliseconds: entry.receivedAt))
    } tick: { () throws(Failure) in
      bar.update((SystemClock.monotonicNanoseconds - start) / 1_000_000_000)
    }
    bar.finish()
    let output = try OutputFile(nil)
    try output.write(arguments.isSet(.json) ? survey.json : survey.tree)
    try output.finish()
    guard !survey.entries.isEmpty else {
      console.note("nothing was heard; is this the broker of the plugs, and may this user read their topics?")
      return .noData
    }
    return StopSignal.exitCode ?? .done
  }
}
