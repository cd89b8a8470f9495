import Calendar
import Configuration
import Readings
import Text

/// Configurations as text: the settings in force, and a first file to fill in.
enum ConfigurationText {
  /// JSON, and so JSON5, that gives these settings again.
  static func effective(_ settings: Settings, timeZone: String) -> String {
    let configuration = settings.configuration
    var broker: [(String, String?)] = [
      ("url", configuration.broker.url.map(quoted)),
      ("user", configuration.broker.user.map(quoted)),
    ]
    broker += [
      ("passwordFile", configuration.broker.passwordFile), ("ca", configuration.broker.ca),
      ("cert", configuration.broker.certificate), ("key", configuration.broker.key),
    ]
    .map { ($0, $1.map { quoted(settings.resolve($0)) }) }
    broker.append(("clientID", configuration.broker.clientID.map(quoted)))
    broker.append(("allowInsecure", configuration.broker.allowInsecure ? "true" : nil))
    let record = configuration.record
    let publish = configuration.publish
    let devices = configuration.devices.map { rule in
      "    "
        + inline([
          ("match", quoted(rule.match)), ("name", rule.name.map(quoted)), ("group", rule.group.map(quoted)),
          ("maximumPower", rule.maximumPower.map { String($0) }),
        ])
    }
    return """
      {
        "store": \(quoted(settings.store)),
        "site": \(inline([
          ("timeZone", quoted(timeZone)), ("currency", configuration.site.currency.map(quoted)),
          ("tariff", configuration.site.tariff.map { quoted(settings.resolve($0)) }),
          ("billingDay", configuration.site.billingFrom == nil ? String(configuration.site.billingDay) : nil),
          ("billingFrom", configuration.site.billingFrom.map { quoted($0.text) }),
          ("billingMonths", configuration.site.billingMonths == 1 ? nil : String(configuration.site.billingMonths)),
          ("dayStart", configuration.site.dayStartMinute == 0 ? nil : quoted(ClockText.text(minuteOfDay: configuration.site.dayStartMinute))),
          ("mainMeter", configuration.site.mainMeter.map(quoted)),
        ])),
        "broker": \(inline(broker)),
        "record": \(inline([
          ("topics", "[" + record.topics.map(quoted).joined(separator: ", ") + "]"),
          ("commitInterval", quoted(SpanText.text(milliseconds: record.commitIntervalMilliseconds))),
          ("timeResolution", quoted(SpanText.text(milliseconds: record.timeResolutionMilliseconds))),
          ("maximumDevices", String(record.maximumDevices)),
        ])),
        "publish": \(inline([
          ("to", publish.target.map { quoted($0.rawValue) }),
          ("interval", quoted(SpanText.text(milliseconds: publish.intervalMilliseconds))),
          ("sensors", "[" + publish.sensors.map { quoted($0.rawValue) }.joined(separator: ", ") + "]"),
          ("discoveryPrefix", quoted(publish.discoveryPrefix)),
        ])),
        "devices": [\(devices.isEmpty ? "" : "\n" + devices.joined(separator: ",\n") + "\n  ")]
      }

      """
  }

  private static func inline(_ members: [(name: String, text: String?)]) -> String {
    let given = members.compactMap { member in member.text.map { "\(quoted(member.name)): \($0)" } }
    return given.isEmpty ? "{}" : "{ " + given.joined(separator: ", ") + " }"
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\0"..."\u{1F}", "\u{7F}":
        result += "\\u" + String(scalar.value, padded: 4, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// What a first configuration says already; what is nil stands in it as a comment to fill in.
  struct Beginning {
    var timeZone: String
    var store: String?
    var currency: String?
    var tariff: String?
    var url: String?
    var user: String?
    var passwordFile: String?
    var ca: String?
  }

  static func template(_ beginning: Beginning) -> String {
    /// A line of the file, a comment where nothing is known.
    func line(_ name: String, _ value: String?, example: String, _ comment: String) -> String {
      let text = (value == nil ? "// " : "") + name + ": " + quoted(value ?? example) + ","
      return comment.isEmpty ? text : text.padded(to: 44) + "// " + comment
    }
    return """
      // Wattlog's configuration: JSON with comments and trailing commas. Every key is optional.
      // 'wattlog config check' says what is wrong with it.
      {
        // Where the readings are kept; ~/.local/share/wattlog when left out.
        \(line("store", beginning.store, example: "/var/lib/wattlog", ""))

        site: {
          \(line("timeZone", beginning.timeZone, example: "", "days begin at this zone's midnight"))
          \(line("currency", beginning.currency, example: "GBP", ""))
          \(line("tariff", beginning.tariff, example: "tariff.json", "beside this file: 'wattlog tariff init' makes it"))
          // billingDay: 1,            // day of the month on which a bill begins
          // billingFrom: "2026-01-14", billingMonths: 3,   // or: a date on which one began, and months from bill to bill
        },

        broker: {
          \(line("url", beginning.url, example: "mqtt://homeassistant.local:1883", "mqtts://...:8883 with TLS"))
          \(line("user", beginning.user, example: "wattlog", ""))
          \(line("passwordFile", beginning.passwordFile, example: "password", "a file of mode 0600 beside this one"))
          \(line("ca", beginning.ca, example: "ca.pem", "for mqtts with an own certificate"))
        },

        record: {
          topics: [],                  // empty: the standard Tasmota layouts
          commitInterval: "10s",       // readings reach the disk at least this often, 1s to 300s
          timeResolution: "1s",        // or "1ms"; fixed when the store is made
          maximumDevices: 256,
        },

        // What 'wattlog record' tells Home Assistant; Reports/home-assistant.md. Nothing unless 'to' stands here.
        publish: {
          // to: "home-assistant",
          // interval: "1m",           // between two states of one plug, 1s to 1h
          // sensors: ["energy", "power", "cost"],   // cost: of today, by the tariff
        },

        devices: [
          // match: the plug's MAC, or its topic
          // { match: "A0B765112233", name: "fridge-freezer", group: "kitchen", maximumPower: 400 },
        ],
      }

      """
  }
}
