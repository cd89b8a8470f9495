import Foundation
import TestSupport
import Testing

/// The bill of materials that a package holds: CycloneDX 1.5 in form, and about this program.
@Suite struct SoftwareBillTests {
  private static let isDebian = Programs.path(of: "dpkg-query") != nil && Programs.path(of: "readelf") != nil

  private func bill(sourceDate: String) throws -> Data {
    let directory = try TemporaryDirectory()
    let output = URL(fileURLWithPath: directory.path + "/bill")
    try Data().write(to: output)
    let process = Process()
    process.executableURL =
      URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../../Scripts/sbom").standardizedFileURL
    process.arguments = [WattlogProcess.executable.path]
    process.environment = ProcessInfo.processInfo.environment.merging(["SOURCE_DATE_EPOCH": sourceDate]) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.runOnLeash()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try Data(contentsOf: output)
  }

  @Test(.enabled(if: isDebian, "dpkg or readelf is not installed"))
  func theBillNamesProgramToolchainAndLibraries() throws {
    let data = try bill(sourceDate: "1767225600")
    let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(root["bomFormat"] as? String == "CycloneDX" && root["specVersion"] as? String == "1.5")
    #expect(root["version"] as? Int == 1)
    let serial = try #require(root["serialNumber"] as? String)
    #expect(serial.contains(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/))
    let metadata = try #require(root["metadata"] as? [String: Any])
    #expect(metadata["timestamp"] as? String == "2026-01-01T00:00:00Z")
    let program = try #require(metadata["component"] as? [String: Any])
    #expect(program["type"] as? String == "application" && program["name"] as? String == "wattlog")
    let hash = try #require((program["hashes"] as? [[String: Any]])?.first)
    #expect(hash["alg"] as? String == "SHA-256" && (hash["content"] as? String)?.count == 64)
    let licence = (program["licenses"] as? [[String: [String: String]]])?.first?["license"]?["id"]
    #expect(licence == "MIT")

    let components = try #require(root["components"] as? [[String: Any]])
    let references = components.compactMap { $0["bom-ref"] as? String }
    #expect(references.count == components.count && Set(references).count == references.count)
    for component in components {
      let name = try #require(component["name"] as? String)
      #expect(component["type"] as? String == "library", "\(name)")
      #expect((component["version"] as? String)?.isEmpty == false, "\(name)")
      let purl = try #require(component["purl"] as? String)
      #expect(
        purl.contains(/^pkg:(deb\/debian|github\/swiftlang)\/[A-Za-z0-9.%-]+@[A-Za-z0-9.%:~-]+(\?arch=[a-z0-9]+)?$/))
    }
    let names = components.compactMap { $0["name"] as? String }
    for name in ["swift-runtime", "libmosquitto1", "libc6"] { #expect(names.contains(name), "\(names)") }
    let dependencies = try #require(root["dependencies"] as? [[String: Any]])
    #expect(dependencies.first?["ref"] as? String == program["bom-ref"] as? String)
    #expect((dependencies.first?["dependsOn"] as? [String]).map(Set.init) == Set(references))
    // The same again.
    #expect(try bill(sourceDate: "1767225600") == data)
  }
}
