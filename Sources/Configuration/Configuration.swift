public import Calendar
public import JSON5
import Readings
import Tasmota
import Text

/// `wattlog.json`: what a site, its broker and its plugs are like. Every key is optional.
///
/// Described for people by README and for editors by Schema/configuration.schema.json. Paths stand as written; those
/// of `tariff`, `passwordFile` and certificates are relative to the file's directory, which the caller knows.
public struct Configuration: Hashable, Sendable {
  public var store: String?
  public var site = Site()
  public var broker = Broker()
  public var record = Record()
  public var publish = Publish()
  public var devices: [DeviceRule] = []

  public struct Site: Hashable, Sendable {
    /// An IANA name; whether the machine knows it is for the caller to find out.
    public var timeZone: String?
    public var timeZonePlace: JSON5Place?
    /// Three upper-case letters, ISO 4217.
    public var currency: String?
    public var tariff: String?
    /// 1 to 31; a month that is shorter bills on its last day.
    public var billingDay = 1
    /// A day on which a bill began, instead of ``billingDay``.
    public var billingFrom: LocalDate?
    /// Months from bill to bill: 1 to 12.
    public var billingMonths = 1
    public var billing: BillingCycle {
      billingFrom.map { BillingCycle(from: $0, months: billingMonths) } ?? BillingCycle(day: billingDay)
    }
    /// Minutes after midnight, 0 to 1439: when days begin.
    public var dayStartMinute = 0
    /// The name, MAC or topic of the device that counts the whole site.
    public var mainMeter: String?
  }

  public struct Broker: Hashable, Sendable {
    /// As written; what it may look like is for Subscriber to say.
    public var url: String?
    public var urlPlace: JSON5Place?
    public var user: String?
    public var passwordFile: String?
    public var ca: String?
    public var certificate: String?
    public var key: String?
    public var clientID: String?
    public var allowInsecure = false
  }

  public struct Record: Hashable, Sendable {
    /// MQTT filters; empty stands for the standard Tasmota layouts.
    public var topics: [String] = []
    /// 1,000 to 300,000.
    public var commitIntervalMilliseconds: Int64 = 10_000
    /// 1000 or 1. Fixed when the store is created.
    public var timeResolutionMilliseconds: Int64 = 1000
    /// 1 to 4096.
    public var maximumDevices = 256
  }

  /// What a person says of one plug.
  public struct DeviceRule: Hashable, Sendable {
    /// A MAC, with or without colons, or a topic.
    public var match: String
    public var name: String?
    public var group: String?
    /// Watts, 1 to 100,000: a step that would need more is a glitch.
    public var maximumPower: Int64?

    public init(match: String, name: String? = nil, group: String? = nil, maximumPower: Int64? = nil) {
      self.match = match
      self.name = name
      self.group = group
      self.maximumPower = maximumPower
    }
  }

  public init() {}

  public static let maximumDeviceRules = 4096

  /// The error of a time zone that the machine does not know.
  public func refusingTimeZone(_ message: String) -> ConfigurationError {
    ConfigurationError([.init(at: site.timeZonePlace ?? .start, path: "site.timeZone", message)])
  }

  /// The error of a broker address that is none.
  public func refusingBroker(_ message: String) -> ConfigurationError {
    ConfigurationError([.init(at: broker.urlPlace ?? .start, path: "broker.url", message)])
  }

  /// Reads a configuration from the text of its file.
  ///
  /// - Throws: every unknown key, wrong type and out-of-range value with its path and place; a syntax error alone.
  public init(parsing bytes: [UInt8]) throws(ConfigurationError) {
    let document: JSON5Value
    do {
      document = try JSON5.parse(bytes)
    } catch {
      throw ConfigurationError(error)
    }
    var reader = ObjectReader(document, path: "")
    if reader.problems.isEmpty {
      read(&reader)
      reader.finish()
    }
    guard reader.problems.isEmpty else { throw ConfigurationError(reader.problems) }
  }

  private mutating func read(_ reader: inout ObjectReader) {
    // An editor's pointer to the schema is welcome and means nothing here.
    _ = reader.text("$schema")
    store = reader.text("store")
    site = reader.object("site", Configuration.site(from:)) ?? Site()
    broker = reader.object("broker", Configuration.broker(from:)) ?? Broker()
    record = reader.object("record", Configuration.record(from:)) ?? Record()
    publish = reader.object("publish", Publish.init(from:)) ?? Publish()
    let rules = reader.objects("devices", maximumCount: Configuration.maximumDeviceRules) { rule in
      (Configuration.deviceRule(from: &rule), rule.value, rule.path)
    }
    var paths: [String: String] = [:]
    for case (let rule?, let value, let path) in rules ?? [] {
      devices.append(rule)
      if let earlier = paths.updateValue(path, forKey: rule.matchKey) {
        reader.problem(at: value, path, "matches '\(rule.match.printable)', as \(earlier) does")
      }
    }
  }

  private static func site(from reader: inout ObjectReader) -> Site {
    var site = Site()
    site.timeZone = reader.text("timeZone")
    site.timeZonePlace = site.timeZone == nil ? nil : reader.any("timeZone")?.place
    site.currency = reader.text("currency")
    if let currency = site.currency, let value = reader.any("currency"), !currency.isCurrencyCode {
      reader.refuse(value, "currency", "must be three capital letters, such as \"GBP\", not \"\(currency.printable)\"")
    }
    site.tariff = reader.text("tariff")
    site.billingDay = Int(reader.whole("billingDay", in: 1...31) ?? 1)
    billing(of: &site, from: &reader)
    if let text = reader.text("dayStart"), let value = reader.any("dayStart") {
      if let minute = Configuration.minuteOfDay(text) {
        site.dayStartMinute = minute
      } else {
        reader.refuse(value, "dayStart", "must be a time such as \"06:00\", not \"\(text.printable)\"")
      }
    }
    site.mainMeter = reader.text("mainMeter")
    return site
  }

  private static func billing(of site: inout Site, from reader: inout ObjectReader) {
    if let text = reader.text("billingFrom"), let value = reader.any("billingFrom") {
      site.billingFrom = LocalDate(text: text)
      if site.billingFrom == nil {
        reader.refuse(value, "billingFrom", "must be a date such as \"2026-01-14\", not \"\(text.printable)\"")
      }
      if let day = reader.any("billingDay") {
        reader.refuse(day, "billingDay", "and 'billingFrom' exclude each other: its day is the billing day")
      }
    }
    guard let months = reader.whole("billingMonths", in: 1...12), let value = reader.any("billingMonths") else {
      return
    }
    site.billingMonths = Int(months)
    if months > 1, reader.any("billingFrom") == nil {
      reader.refuse(value, "billingMonths", "needs 'billingFrom', a day on which a bill began")
    }
  }

  /// `06:00`.
  private static func minuteOfDay(_ text: String) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
    else { return nil }
    return hour * 60 + minute
  }

  private static func broker(from reader: inout ObjectReader) -> Broker {
    var broker = Broker()
    broker.url = reader.text("url")
    broker.urlPlace = broker.url == nil ? nil : reader.any("url")?.place
    broker.user = reader.text("user")
    broker.passwordFile = reader.text("passwordFile")
    broker.ca = reader.text("ca")
    broker.certificate = reader.text("cert")
    broker.key = reader.text("key")
    broker.clientID = reader.text("clientID")
    broker.allowInsecure = reader.boolean("allowInsecure") ?? false
    return broker
  }

  private static func record(from reader: inout ObjectReader) -> Record {
    var record = Record()
    for (value, path) in reader.list("topics", maximumCount: 256) ?? [] {
      guard case .string(let filter) = value.content else {
        reader.problem(at: value, path, "must be a text in quotes, not \(value.kindName)")
        continue
      }
      do throws(SubscriptionFilter.Problem) {
        record.topics.append(try SubscriptionFilter(recording: filter).text)
      } catch {
        reader.problem(at: value, path, error.description)
      }
    }
    record.commitIntervalMilliseconds = reader.span("commitInterval", in: 1000...300_000) ?? 10_000
    if let text = reader.text("timeResolution"), let value = reader.any("timeResolution") {
      switch SpanText.milliseconds(text) {
      case 1000: record.timeResolutionMilliseconds = 1000
      case 1: record.timeResolutionMilliseconds = 1
      default: reader.refuse(value, "timeResolution", "must be \"1s\" or \"1ms\", not \"\(text.printable)\"")
      }
    }
    record.maximumDevices = Int(reader.whole("maximumDevices", in: 1...4096) ?? 256)
    return record
  }

  private static func deviceRule(from reader: inout ObjectReader) -> DeviceRule? {
    reader.require("match", "the plug's MAC or topic")
    let match = reader.text("match")
    let name = reader.text("name")
    if let name, let value = reader.any("name"), name.utf8.count > 64 {
      reader.refuse(value, "name", "must have at most 64 bytes")
    }
    let group = reader.text("group")
    let power = reader.whole("maximumPower", in: 1...100_000)
    return match.map { DeviceRule(match: $0, name: name, group: group, maximumPower: power) }
  }
}

extension Configuration.DeviceRule {
  /// `match` in one spelling: MACs as twelve capital digits, topics as they are (they are case-sensitive).
  public var matchKey: String { Device.mac(match) ?? match }
}

extension String {
  var isCurrencyCode: Bool {
    utf8.count == 3 && utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }
}
