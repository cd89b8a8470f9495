import Readings

/// Which plug has which colour: the same on every page of a household.
///
/// Sixteen colours: eight that people of every kind of colour vision tell apart (Okabe and Ito's, two of them darkened for
/// a white ground), and a paler one of each. Neighbours in a stack are parted by a line as well.
struct PagePalette {
  static let count = 16
  /// What several plugs share that are drawn as one.
  static let others = "co"
  /// What no plug measured.
  static let rest = "cr"

  private let places: [String: Int]

  /// - Parameter names: of the household's plugs, in an order that stays as plugs are added.
  init(_ names: [String]) {
    places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The household's, or where a report does not know it, the report's own.
  init(of report: Report) {
    self.init(
      report.palette.isEmpty
        ? ReportWording.unique(report.periods.flatMap { $0.devices.map(\.title) }).sorted() : report.palette)
  }

  /// The style class of a plug, or of a channel of it.
  func style(_ title: String) -> String {
    if title == MainMeter.rest { return PagePalette.rest }
    if let place = places[title] { return "c\(place % PagePalette.count)" }
    // A name that is not the household's: the same colour everywhere all the same (FNV-1a).
    let hash = Fingerprint.short(of: title.utf8)
    return "c\((places.count + Int(hash % 97)) % PagePalette.count)"
  }
}
