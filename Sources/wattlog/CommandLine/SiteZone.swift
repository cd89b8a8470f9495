import Calendar
import Configuration
import Household
import Readings
import Text

extension SiteZone {
  /// `--timezone`, else the configured zone, else the machine's.
  init(_ arguments: Arguments, _ settings: Settings, _ console: Console) throws(Failure) {
    let (name, bytes) = try ZoneFiles.site(arguments, settings, console)
    do throws(TimeZoneError) {
      self.init(
        name: name, rules: try TimeZoneRules(tzif: bytes),
        dayStartMinute: settings.configuration.site.dayStartMinute,
        billing: settings.configuration.site.billing)
    } catch {
      throw Failure(.failed, "the zone file of '\(SafeText.printable(name))' is damaged: \(error)", "reinstall tzdata")
    }
  }

  /// The instant that an option means.
  func instant(_ option: Option, _ arguments: Arguments, now: Timestamp) throws(Failure) -> Timestamp? {
    guard let text = arguments.text(option) else { return nil }
    do throws(InstantText.Refusal) {
      return try InstantText.instant(text, in: rules, now: now)
    } catch {
      throw arguments.refusal(option, error.reason)
    }
  }

  /// The half-open time that `-p` or `--from` and `--to` mean; nil where none is given. An open end is `now`, an open
  /// start 1970.
  func range(_ arguments: Arguments, now: Timestamp) throws(Failure) -> Range<Timestamp>? {
    if let text = arguments.text(.period) {
      guard !arguments.isSet(.from), !arguments.isSet(.to) else {
        throw .usage("\(arguments.origin(.period)) and --from/--to exclude each other", "leave one of them out")
      }
      if let hours = PeriodWords.hours(text) {
        return now.advanced(byMilliseconds: -Int64(hours) * 3_600_000)..<now
      }
      let period = try period(text, arguments, now: now)
      return range(of: period)
    }
    guard arguments.isSet(.from) || arguments.isSet(.to) else { return nil }
    let from = try instant(.from, arguments, now: now) ?? Timestamp(milliseconds: 0)
    let to = try instant(.to, arguments, now: now) ?? now
    guard from < to else {
      throw .usage("the range is empty: --from is not before --to", "--to is the first instant that is not included")
    }
    return from..<to
  }

  /// Does the time that is asked for begin with whatever there is?
  func hasOpenStart(_ arguments: Arguments) -> Bool {
    arguments.text(.period).map(PeriodWords.hasOpenStart) ?? !arguments.isSet(.from)
  }

  func period(_ text: String, _ arguments: Arguments, now: Timestamp) throws(Failure) -> CalendarPeriod {
    guard let period = CalendarPeriod(text, today: days.date(at: now), billing: billing) else {
      throw arguments.refusal(
        .period,
        "is no period; "
          + (Arguments.suggestion(for: text, among: PeriodWords.words) ?? "write \(PeriodWords.examples)"))
    }
    return period
  }
}
