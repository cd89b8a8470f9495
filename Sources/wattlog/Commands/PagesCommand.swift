import Calendar
import Clock
import Configuration
import Household
import Pricing
import Readings
import Reporting
import Text
import Work

extension Command {
  private static let keep = Option(
    "keep", value: "SPAN", "how long days have pages: 26w, 2y; older pages go (default: all)")

  static let pages = Command(
    name: "pages", summary: "the household as pages to look at, in a directory",
    operands: "DIR", operandCount: 1...1,
    description: """
      Writes pages into DIR: index.html with today, this month, what the bill will come to, what used most and what \
      needs attention, and a page for each day, week, month, year and plug, each with the way to the one before and \
      behind it. The pages are plain HTML with one style sheet beside them: no script, nothing from the network, \
      relative links only. They open from a disk and from any web server. A period's page says what 'wattlog report' \
      says of that period, up to the last message.
      Run again, it writes only the pages that changed, each as a whole at once, so a timer may call it every few \
      minutes. It removes pages that --from and --keep no longer ask for, and touches no file that it did not make.
      """,
    options: [.from, keep, .tariff],
    examples: [
      ("wattlog pages ~/energy", "write all pages, or those that changed; then open ~/energy/index.html"),
      ("wattlog pages -q --keep 2y /var/www/html/energy", "from a timer: pages of the last two years on a web server"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let now = SystemClock.now.truncated(toMilliseconds: 1000)
    let first = try firstDay(arguments, zone, now: now)
    let marks = SettingsFingerprint(settings, zone)
    let tariff = try TariffFiles.site(arguments, settings, zone, markedIn: marks)
    let store = try HouseholdStore(settings, for: "html")
    guard
      let query = PagesQuery(
        store, zone: zone, tariff: tariff?.tariff, mainMeter: store.mainMeter(settings, console),
        settings: marks.value, from: first, now: now)
    else {
      throw store.noReading(
        store.devices.isEmpty
          ? "the store at '\(SafeText.printable(settings.store))' holds no reading yet"
          : "there is no reading since \(first?.text ?? "then")", in: zone.rules)
    }
    let folder = try PageFolder(arguments.operands[0])
    try write(query, into: folder, console)
    return .done
  }

  /// The first day that is to have a page; nil for the first one with a reading.
  private static func firstDay(_ arguments: Arguments, _ zone: SiteZone, now: Timestamp) throws(Failure) -> LocalDate? {
    let from = try zone.instant(.from, arguments, now: now)
    let span = try arguments.span(keep, in: 86_400_000...100 * 365 * 86_400_000)
    let starts = [from, span.map { now.advanced(byMilliseconds: -$0) }].compactMap(\.self)
    return starts.max().map(zone.days.date)
  }

  private static func write(_ query: PagesQuery, into folder: PageFolder, _ console: Console) throws(Failure) {
    var whole = Fingerprint()
    whole.add(Program.version)
    whole.add(Int64(bitPattern: query.fingerprint))
    if folder.fingerprint == whole.text, folder.isWhole { return tell(0, 0, folder, console) }
    var written = 0
    var files = [PageSite.styleFile: whole.text]
    if try folder.write(PageSite.style, to: PageSite.styleFile) { written += 1 }
    var changed: [PageSite.Page] = []
    for page in query.site.pages {
      var print = Fingerprint()
      print.add(Program.version)
      print.add(Int64(bitPattern: query.fingerprint(of: page)))
      let file = query.site.file(of: page)
      files[file] = print.text
      if !folder.isCurrent(file, madeOf: print.text) { changed.append(page) }
    }
    try query.read(changed) { ready throws(Failure) in
      let texts = Workers.sideBySide.map(ready.count) { ready[$0].text() }
      for (page, text) in zip(ready, texts) where try folder.write(text, to: query.site.file(of: page.page)) {
        written += 1
      }
    }
    tell(written, try folder.finish(files, madeOf: whole.text), folder, console)
  }

  private static func tell(_ written: Int, _ removed: Int, _ folder: PageFolder, _ console: Console) {
    let path = SafeText.printable(folder.path)
    guard written + removed > 0 else { return console.note("nothing has changed; \(path)/index.html stays as it is") }
    console.note(
      CountText.text(written, "file") + " written" + (removed > 0 ? ", \(removed) removed" : "")
        + "; open \(path)/index.html")
  }
}
