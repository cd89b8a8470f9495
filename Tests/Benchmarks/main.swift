// Measurements that people repeat: `swift run -c release benchmarks NAME [ARGUMENT…]`.

let benchmarks: [(name: String, run: ([String]) -> Void)] = [
  ("report", reportBenchmark),
  ("decoding", decodingBenchmark),
  ("columns", columnBenchmark),
  ("store", storeBenchmark),
  ("events", eventBenchmark),
  ("years", yearBenchmark),
  ("day", dayBenchmark),
]

if let name = CommandLine.arguments.dropFirst().first, let benchmark = benchmarks.first(where: { $0.name == name }) {
  benchmark.run(Array(CommandLine.arguments.dropFirst(2)))
} else {
  print("benchmarks:", benchmarks.map(\.name).joined(separator: " "))
}
