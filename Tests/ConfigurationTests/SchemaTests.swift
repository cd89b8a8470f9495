import Calendar
import Configuration
import EnergyAccounting
import Foundation
import JSON5
import Pricing
import Readings
import Testing

/// The files under Schema, found from this file's own place in the repository.
private func schemaFile(_ name: String) throws -> [UInt8] {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return try Array(Data(contentsOf: root.appendingPathComponent("Schema").appendingPathComponent(name)))
}

extension JSON5Value {
  fileprivate subscript(_ name: String) -> JSON5Value? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.name == name }?.value
  }

  fileprivate var names: [String] {
    guard case .object(let members) = content else { return [] }
    return members.map(\.name)
  }
}

@Suite struct SchemaTests {
  /// The keys that a reader names when it meets one that it does not know.
  private func knownKeys(_ problems: [ConfigurationError.Problem]) throws -> Set<String> {
    let message = try #require(problems.map(\.message).first { $0.hasPrefix("unknown key; known keys: ") })
    return Set(message.dropFirst("unknown key; known keys: ".count).components(separatedBy: ", "))
  }

  @Test(arguments: [
    ("{ zzzzzzzzzzzz: 1 }", []), ("{ site: { zzzzzzzzzzzz: 1 } }", ["site"]),
    ("{ broker: { zzzzzzzzzzzz: 1 } }", ["broker"]), ("{ record: { zzzzzzzzzzzz: 1 } }", ["record"]),
    ("{ devices: [ { zzzzzzzzzzzz: 1 } ] }", ["devices"]),
  ])
  func theConfigurationsSchemaHasExactlyTheKeysOfTheReader(text: String, path: [String]) throws {
    let error = #expect(throws: ConfigurationError.self) { try Configuration(parsing: Array(text.utf8)) }
    try compare(try knownKeys(error?.problems ?? []), "configuration.schema.json", path)
  }

  @Test(arguments: [
    ("{ zzzzzzzzzzzz: 1 }", []), ("{ periods: [ { zzzzzzzzzzzz: 1 } ] }", ["periods"]),
    ("{ periods: [ { rates: [ { zzzzzzzzzzzz: 1 } ] } ] }", ["periods", "rates"]),
    ("{ periods: [ { tiers: [ { zzzzzzzzzzzz: 1 } ] } ] }", ["periods", "tiers"]),
  ])
  func theTariffsSchemaHasExactlyTheKeysOfTheReader(text: String, path: [String]) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try TariffFile(parsing: Array(text.utf8), name: "t") { _ throws(TariffFile.UnreadablePrices) in [] }
    }
    try compare(try knownKeys(error?.problems ?? []), "tariff.schema.json", path)
  }

  private func compare(_ known: Set<String>, _ file: String, _ path: [String]) throws {
    var schema = try JSON5.parse(schemaFile(file))
    for key in path {
      schema = try #require(schema["properties"]?[key])
      schema = schema["items"] ?? schema
    }
    #expect(Set(schema["properties"]?.names ?? []) == known)
  }

  @Test func theExamplesAreValid() throws {
    let configuration = try Configuration(parsing: schemaFile("examples/wattlog.json"))
    #expect(configuration.devices.count == 1)
    let tariff = try TariffFile(parsing: schemaFile("examples/tariff.json"), name: "x") {
      (name) throws(TariffFile.UnreadablePrices) in
      do { return try schemaFile("examples/" + name) } catch { throw .init(reason: "\(error)") }
    }
    #expect(tariff.tariff.periods.count == 2)
    #expect(tariff.findings.isEmpty)
  }

  /// Tariffs of six kinds that people have: each is whole, and one kWh at noon of a day costs what was worked by hand.
  @Test(arguments: [
    ("octopus-agile", (2025, 2, 4), "0.2391"), ("octopus-go", (2025, 10, 25), "0"),
    ("german-dynamic", (2025, 5, 14), "0.20254990"),  // (0.02401 + 0.0181 + 0.0811 + 0.0265 + 0.0205) × 1.19
    ("dutch-energy-tax", (2025, 2, 4), "0.27350840"),  // (0.1245 + 0.10154) × 1.21
    ("spanish-three-periods", (2025, 1, 6), "0.111562"),  // a holiday: 0.0922 × 1.21
    ("tiers-and-demand", (2025, 7, 4), "0.1416"),
  ])
  func theExampleTariffsAreWhole(name: String, day: (Int, Int, Int), price: String) throws {
    let file = try TariffFile(
      parsing: schemaFile("examples/\(name).json"), name: name,
      TariffFile.Surroundings { (name) throws(TariffFile.UnreadablePrices) in
        do { return try schemaFile("examples/" + name) } catch { throw .init(reason: "\(error)") }
      })
    #expect(file.findings.isEmpty, "\(file.findings)")
    let noon = CivilTime(year: day.0, month: day.1, day: day.2, hour: 12)
    let parts = file.tariff.parts(at: Timestamp(seconds: noon.secondsSince1970), in: .utc)
    let cost = ([try #require(parts.energy)] + parts.charges).reduce(Money.zero) {
      $0 + $1.cost(of: Energy(milliwattHours: 1_000_000))
    }
    let expected = try #require(Price(price))
    #expect(cost == Money(units: Int128(expected.units) * 1_000_000_000_000))
  }
}
