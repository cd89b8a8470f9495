// swift-tools-version: 6.2
import PackageDescription

// Arrows point down: no module imports one that stands below it in this list, and only Recorder and wattlog
// know both the broker and the store. Scripts/test builds with the explicit-import check, so an undeclared
// import fails there.
//
// What other modules use is public, not package: the compiler inlines and specialises only that across modules, and
// a year's report takes a tenth less.
let strict: [SwiftSetting] =
  Context.environment["WATTLOG_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)]
let settings: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + strict

/// For modules that ThreadSanitizer needs some help with: see SeenMutex.swift, BlockCoder.swift.
let watched =
  settings + (Context.environment["WATTLOG_THREAD_SANITIZER"] == nil ? [] : [.define("WATTLOG_THREAD_SANITIZER")])

/// For a release: the Swift libraries linked in, and the folder of the C++ library's archive, so that neither has to be found
/// and bound at every start, which takes a millisecond. Only the program's link differs: what is compiled serves the tests,
/// too.
let release: [LinkerSetting] =
  Context.environment["WATTLOG_ARCHIVES"].map {
    [.unsafeFlags(["-static-stdlib", "-L\($0)", "-Xclang-linker", "-static-libgcc"])]
  } ?? []

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport", "Readings"], swiftSettings: settings)
}

let package = Package(
  name: "wattlog",
  products: [.executable(name: "wattlog", targets: ["wattlog"])],
  targets: [
    // What every room stands on.
    .systemLibrary(name: "CScheduler"),
    .target(name: "Work", dependencies: ["CScheduler"], swiftSettings: watched),
    module("Readings", ["Work"]),

    // Pure: bytes and values in, values out. They open nothing, log nothing and read no clock.
    module("Text", ["Readings"]),
    module("JSON5", ["Text"]),
    module("Calendar", ["Text", "Readings"]),
    module("Tables", ["Calendar", "Text", "Readings"]),
    module("Tasmota", ["Readings"]),
    .systemLibrary(name: "CProcessor"),
    .target(name: "SegmentFormat", dependencies: ["Readings", "CProcessor"], swiftSettings: watched),
    module("EnergyAccounting", ["Calendar", "Readings"]),
    module("Pricing", ["Tables", "Calendar", "JSON5", "Text", "Readings"]),
    module("Parquet", []),
    module("Reporting", ["Pricing", "EnergyAccounting", "Calendar", "Parquet", "Text", "Work", "Readings"]),
    module("History", ["Tables", "Calendar", "Text", "Readings"]),
    module("Simulation", ["Readings"]),
    module("Configuration", ["JSON5", "Calendar", "Tasmota", "Text", "Readings"]),

    // Input and output.
    module("Clock", ["Readings"]),
    // Its header; the library is loaded when a broker is first spoken to (MosquittoLibrary). pkg-config would have it
    // linked, and so loaded, with OpenSSL, at every start.
    .systemLibrary(name: "CMosquitto"),
    .target(
      name: "Subscriber", dependencies: ["CMosquitto", "Clock", "Work"], swiftSettings: settings,
      // libmosquitto connects and reads through the program's own functions of these names (Interposition.swift).
      linkerSettings: [
        .unsafeFlags(
          ["connect", "read", "SSL_read"].flatMap { ["-Xlinker", "--export-dynamic-symbol=\($0)"] },
          .when(platforms: [.linux]))
      ]),
    .systemLibrary(name: "CAllocator"),
    module("Storage", ["SegmentFormat", "Work", "Readings"]),

    // From a store and a configuration to a value. Prints nothing, reads no clock, leaves no process.
    module(
      "Household",
      [
        "Storage", "Reporting", "Pricing", "EnergyAccounting", "Configuration", "History", "Calendar", "Text", "Work",
        "Readings",
      ]),

    // What others are told of a store, message by message. It sends nothing.
    module(
      "Publishing",
      ["Household", "Reporting", "EnergyAccounting", "Configuration", "Calendar", "Text", "Readings"]),

    // Wiring.
    module("Recorder", ["Subscriber", "Tasmota", "Storage", "Clock", "Readings"]),
    .executableTarget(
      name: "wattlog",
      dependencies: [
        "Recorder", "Publishing", "Subscriber", "Tasmota", "Household", "Storage", "Reporting", "EnergyAccounting",
        "Simulation", "Configuration", "Pricing", "Tables", "History", "Calendar", "JSON5", "Parquet", "Text", "Work",
        "Clock", "Readings", "CAllocator",
      ],
      swiftSettings: settings, linkerSettings: release),

    // Tests: one target per module, and the command line from the outside.
    .target(
      name: "TestSupport", dependencies: ["Simulation", "Tasmota", "Readings"], path: "Tests/TestSupport",
      swiftSettings: settings),
    tests("ReadingsTests", []),
    tests("JSON5Tests", ["JSON5"]),
    tests("TasmotaTests", ["Tasmota"]),
    tests("SegmentFormatTests", ["SegmentFormat", "Tasmota"]),
    tests(
      "EnergyAccountingTests",
      ["EnergyAccounting", "Calendar", "Pricing", "Reporting", "SegmentFormat", "Simulation", "Tasmota", "Text"]),
    tests("ParquetTests", ["Parquet"]),
    tests("ReportingTests", ["Reporting", "Pricing", "EnergyAccounting", "Calendar", "Text", "Work"]),
    tests("SimulationTests", ["Simulation", "Tasmota"]),
    tests("ConfigurationTests", ["Configuration", "Pricing", "EnergyAccounting", "Calendar", "Text", "JSON5"]),
    tests("SubscriberTests", ["Subscriber"]),
    // A disk in memory that loses what was not synced, for whoever opens a store.
    .target(
      name: "MemoryDisk", dependencies: ["Storage", "SegmentFormat", "TestSupport", "Readings"],
      path: "Tests/MemoryDisk", swiftSettings: settings),
    tests("StorageTests", ["Storage", "SegmentFormat", "Simulation", "Tasmota", "MemoryDisk"]),
    tests(
      "HouseholdTests",
      [
        "Household", "Storage", "Reporting", "EnergyAccounting", "Configuration", "History", "Calendar", "Text",
        "Simulation", "Tasmota", "MemoryDisk", "Work",
      ]),
    tests(
      "PublishingTests",
      [
        "Publishing", "Household", "Storage", "Configuration", "Calendar", "Simulation", "Tasmota", "Text",
        "MemoryDisk",
      ]),
    tests("HistoryTests", ["History", "Tables", "Calendar"]),
    tests("WorkTests", ["Work"]),
    tests("RecorderTests", ["Recorder", "Storage", "Subscriber", "Tasmota"]),
    // It runs the program, which is built beside it: were it a dependency, its link would be that of the tests.
    tests("CommandLineTests", []),
    // What Scripts/fuzz runs, here over the kept inputs and what a seed makes of them.
    .target(
      name: "FuzzHarnesses",
      dependencies: [
        "Tasmota", "SegmentFormat", "Configuration", "Household", "Pricing", "Calendar", "EnergyAccounting", "JSON5",
        "Readings",
      ],
      path: "Tests/Fuzz",
      exclude: [
        "corpus", "capture.dict", "catalog.dict", "configuration.dict", "journal.dict", "segment.dict", "sensor.dict",
        "tariff.dict", "topic.dict",
      ],
      swiftSettings: settings),
    tests("FuzzTests", ["FuzzHarnesses"]),
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "Tasmota", "SegmentFormat", "Storage", "Reporting", "EnergyAccounting", "Pricing", "Calendar", "Readings",
      ],
      path: "Tests/Benchmarks",
      exclude: ["README.md", "parquet_readers.py", "peers.py", "recorder_load.py", "year_peer.py"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
