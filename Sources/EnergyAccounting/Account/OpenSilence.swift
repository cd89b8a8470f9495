import Readings

/// A plug that fell silent and has not spoken since, while others of the house did.
extension MeterAccount {
  /// nil where the plug still speaks, as far as the house tells, or what was read ends before its last reading.
  func openSilence() -> LedgerEvent? {
    guard let silence = options.silence, lastReading == silence.lowerBound, device?.imported == nil,
      let end = cuts.all.last, silence.lowerBound < end
    else { return nil }
    let counters = accounts + (shared?.accounts.flatMap(\.accounts) ?? [])
    let limit = counters.map(\.account.presence.pace.gapLimit).max() ?? Pace().gapLimit
    guard silence.upperBound.milliseconds - silence.lowerBound.milliseconds > limit else { return nil }
    // That the recorder or the broker was away meanwhile is no reason: other plugs were heard later.
    let isOffline = causes.isOffline(after: silence.lowerBound, before: silence.upperBound)
    let cause = isOffline ? GapCauses.Cause.plugOffline : .plugSilent
    return LedgerEvent(
      kind: .gap, from: silence.lowerBound, to: silence.upperBound, cause: cause.word,
      text: "no messages since (\(cause.text)); what was used shows with the next one")
  }
}
