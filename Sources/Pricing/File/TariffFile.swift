public import Calendar
public import JSON5
import Readings
import Text

/// A tariff file: what it says, and where it says it.
public struct TariffFile: Sendable {
  public var tariff: Tariff
  let document: JSON5Value

  /// Why a file beside a tariff could not be read.
  public struct UnreadablePrices: Error {
    public var reason: String
    public init(reason: String) { self.reason = reason }
  }

  /// What a tariff file leaves to the site and to the files beside it.
  public struct Surroundings {
    /// The site's, for a file that names none.
    public var currency: Currency?
    /// The site's, for price lists whose starts name no zone.
    public var zone: TimeZoneRules
    /// The zone of a name such as `Europe/Oslo`; nil for one that is not known.
    public var namedZone: (String) -> TimeZoneRules?
    /// The contents of a price list or list of dates, by its path as written in the tariff.
    public var file: (String) throws(UnreadablePrices) -> [UInt8]

    public init(
      currency: Currency? = nil, zone: TimeZoneRules = .utc,
      namedZone: @escaping (String) -> TimeZoneRules? = { _ in nil },
      file: @escaping (String) throws(UnreadablePrices) -> [UInt8]
    ) {
      self.currency = currency
      self.zone = zone
      self.namedZone = namedZone
      self.file = file
    }
  }

  /// Reads a tariff from the text of its file.
  ///
  /// - Parameter name: what the tariff is called when the file does not say.
  /// - Throws: every mistake with its path and place.
  public init(
    parsing bytes: [UInt8], name: String, _ surroundings: Surroundings
  ) throws(ConfigurationError) {
    do throws(JSON5Error) {
      document = try JSON5.parse(bytes)
    } catch {
      throw ConfigurationError(error)
    }
    var reader = ObjectReader(document, path: "")
    guard reader.problems.isEmpty else { throw ConfigurationError(reader.problems) }
    let tariff = TariffReading(surroundings).tariff(&reader, name: name)
    reader.finish()
    guard reader.problems.isEmpty, let tariff else { throw ConfigurationError(reader.problems) }
    self.tariff = tariff
  }

  /// The same of a site in UTC.
  public init(
    parsing bytes: [UInt8], name: String, currency: Currency? = nil,
    prices: @escaping (String) throws(UnreadablePrices) -> [UInt8]
  ) throws(ConfigurationError) {
    try self.init(parsing: bytes, name: name, Surroundings(currency: currency, file: prices))
  }

  /// What is valid and yet will not do what its author thinks: holes, rates that never apply, missing prices. With
  /// places, errors first.
  public var findings: [(severity: TariffProblem.Severity, problem: ConfigurationError.Problem)] {
    tariff.check().map { finding in
      let place = document.value(at: finding.path)?.place ?? document.place
      return (finding.severity, ConfigurationError.Problem(at: place, path: finding.path, finding.text))
    }
    .sorted { $0.severity == .error && $1.severity != .error }
  }
}

extension JSON5Value {
  /// The value at a path such as `periods[0].rates[2]`, or the nearest value above it.
  func value(at path: String) -> JSON5Value? {
    var here = self
    for part in path.split(whereSeparator: { ".[]".contains($0) }) {
      switch here.content {
      case .object(let members):
        guard let member = members.first(where: { $0.name == part }) else { return here }
        here = member.value
      case .array(let elements):
        guard let index = Int(part), elements.indices.contains(index) else { return here }
        here = elements[index]
      default: return here
      }
    }
    return here
  }
}
