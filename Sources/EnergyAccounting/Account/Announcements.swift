/// What was said of a plug beside its readings: it explains steps of its counters.
struct Announcements {
  var starts = PlugStarts()
  var commands = CounterCommands()
  /// Another plug begins with the next reading.
  var swap: (time: Int64, text: String)?
}
