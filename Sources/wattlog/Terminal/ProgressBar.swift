import Clock
import Readings
import Text

/// A bar with rate and time left on stderr, drawn only on a terminal and at most ten times a second.
struct ProgressBar {
  private let label: String
  /// What the whole work is, in the unit of ``update(_:)``; nil when nobody knows.
  private let total: Int64?
  private let unit: Unit
  private let isShown: Bool
  private let start: Int64
  private var drawn: Int64
  private var isDrawn = false

  enum Unit {
    case bytes
    case items(String)
    /// Seconds of waiting, which have no rate.
    case seconds
  }

  init(_ label: String, total: Int64?, unit: Unit, _ console: Console) {
    self.label = label
    self.total = total.flatMap { $0 > 0 ? $0 : nil }
    self.unit = unit
    isShown = console.reportsToTerminal && !console.isQuiet
    start = SystemClock.monotonicNanoseconds
    // Work that is done at once shows no bar.
    drawn = start + 200_000_000
  }

  /// Shows that so much of the work is done.
  mutating func update(_ done: Int64) {
    guard isShown else { return }
    let now = SystemClock.monotonicNanoseconds
    guard now - drawn >= 100_000_000 else { return }
    drawn = now
    isDrawn = true
    Console.writeToStandardError("\r\u{1B}[K" + line(done, elapsed: now - start))
  }

  /// Takes the bar off the screen.
  mutating func finish() {
    if isDrawn { Console.writeToStandardError("\r\u{1B}[K") }
    isDrawn = false
  }

  private func line(_ done: Int64, elapsed: Int64) -> String {
    let seconds = max(Double(elapsed) / 1e9, 0.001)
    let rate = Double(done) / seconds
    var text = label + " "
    if let total {
      let share = min(1, Double(done) / Double(total))
      let filled = Int(share * 24)
      text += "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled) + "] "
      text += "\(Int(share * 100)) %  "
    }
    text += amount(Double(done))
    if case .seconds = unit {} else { text += "  \(amount(rate))/s" }
    if let total, rate > 0, done > 0 { text += "  \(span(Double(max(0, total - done)) / rate)) left" }
    return String(text.prefix(Console.width - 1))
  }

  private func amount(_ value: Double) -> String {
    switch unit {
    case .items(let name): return "\(Int64(value)) \(name)"
    case .seconds: return span(value)
    case .bytes: return ByteText.text(Int64(value))
    }
  }

  private func span(_ seconds: Double) -> String {
    let whole = Int64(min(seconds.rounded(.up), 359_999))
    let seconds = String(whole % 60, padded: 2)
    return whole >= 3600
      ? "\(whole / 3600):\(String(whole / 60 % 60, padded: 2)):\(seconds)" : "\(whole / 60):\(seconds)"
  }
}
