public import Calendar
import Readings

/// Names for dates: holidays, colours of days, exceptions. A date may have several.
public struct DateNames: Hashable, Sendable {
  public static let maximumCount = 60
  /// In the order in which they were added.
  public private(set) var names: [String] = []
  private var masks: [LocalDate: UInt64] = [:]

  public init() {}

  /// Names some dates. Nothing happens where there are ``maximumCount`` names already.
  public mutating func add(_ name: String, dates: [LocalDate]) {
    guard names.count < DateNames.maximumCount else { return }
    names.append(name)
    for date in dates { masks[date, default: 0] |= 1 << UInt64(names.count - 1) }
  }

  /// A bit for each name that a date has.
  public subscript(date: LocalDate) -> UInt64 { masks.isEmpty ? 0 : masks[date] ?? 0 }

  public func names(on date: LocalDate) -> [String] { names(of: self[date]) }

  func names(of mask: UInt64) -> [String] {
    names.indices.filter { mask & (1 << UInt64($0)) != 0 }.map { names[$0] }
  }

  /// Every set of names that some date has.
  var combinations: [UInt64] { Set(masks.values).sorted() }

  /// True where a name has no date.
  func isUnused(_ place: Int) -> Bool { !masks.values.contains { $0 & (1 << UInt64(place)) != 0 } }

  func day(_ date: LocalDate) -> TariffDay {
    TariffDay(month: date.components.month, weekday: date.weekday, names: self[date])
  }
}
