import Glibc

/// An instant for sentences about clocks.
enum ClockText {
  /// `2026-11-22 15:04:05 UTC`.
  static func text(ofMilliseconds milliseconds: Int64) -> String {
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S UTC", &parts)
    return String(decoding: text[..<count].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
