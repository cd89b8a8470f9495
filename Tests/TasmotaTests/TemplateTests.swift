import Readings
import Tasmota
import TestSupport
import Testing

/// A decoder that knows a plug's last message must say of the next exactly what one says that has seen nothing.
@Suite struct TemplateTests {
  private func expectSame(_ warm: inout Bench, _ topic: String, _ payload: [UInt8], _ note: Comment? = nil) {
    var cold = Bench(maximumDevices: 1)
    let expected = cold.decode(Array(topic.utf8), payload)
    let outcome = warm.decode(Array(topic.utf8), payload)
    switch (expected, outcome) {
    case (.reading, .reading):
      if warm.reading != cold.reading {
        Issue.record(
          "\(String(decoding: payload, as: UTF8.self)): \(warm.texts) instead of \(cold.texts) \(note ?? "")")
      }
    default: #expect(outcome == expected, "\(String(decoding: payload, as: UTF8.self))")
    }
  }

  /// Which bytes stand in a member's name.
  private func keyBytes(_ message: [UInt8]) -> [Bool] {
    var result = Array(repeating: false, count: message.count)
    var start: Int?
    for (index, byte) in message.enumerated() where byte == UInt8(ascii: "\"") {
      if let first = start {
        if message[index + 1] == UInt8(ascii: ":") { for place in first..<index { result[place] = true } }
        start = nil
      } else {
        start = index + 1
      }
    }
    return result
  }

  @Test(arguments: 0..<6) func everyByteThatChangesIsSeen(sample: Int) {
    let (topic, payload) = Samples.all[sample]
    let original = Array(payload.utf8)
    let keys = keyBytes(original)
    var warm = Bench()
    for index in original.indices {
      // A changed key is another key and taken in for good, so keys are only broken here.
      let bytes = keys[index] ? [] : Array(#"0123456789.-+eE ,:{}[]nx"#.utf8)
      for byte: UInt8 in bytes + [0, 0x1F, 0x22, 0x5C, 0x80, 0xFF] {
        // The original before each change, so that there is a template to deceive.
        expectSame(&warm, topic, original)
        var changed = original
        changed[index] = byte
        expectSame(&warm, topic, changed)
      }
    }
  }

  @Test(arguments: 0..<6) func everyTruncationIsRefusedAndChangesNothing(sample: Int) {
    let (topic, payload) = Samples.all[sample]
    let original = Array(payload.utf8)
    var warm = Bench()
    for count in 1..<original.count {
      expectSame(&warm, topic, original)
      #expect(warm.decode(Array(topic.utf8), Array(original[..<count])) == .refused(.truncatedJSON))
    }
  }

  /// Digits are put in, taken out and replaced, and numbers rewritten, as they change from message to message.
  @Test(arguments: 0..<6) func longSequencesOfChangedNumbersAreReadAlike(sample: Int) {
    let seed = UInt64(2024 + sample)
    var generator = SeededGenerator(seed: seed)
    let (topic, payload) = Samples.all[sample]
    let original = Array(payload.utf8)
    var warm = Bench()
    var message = original
    for step in 0..<4000 {
      if step % 40 == 0 { message = original }
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let digits = message.indices.filter { message[$0] &- 0x30 <= 9 }
        guard let place = digits.randomElement(using: &generator) else { continue }
        let digit = UInt8.random(in: 0x30...0x39, using: &generator)
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: message.insert(digit, at: place)
        case 1: message.remove(at: place)
        case 2: message.insert(UInt8(ascii: "-"), at: place)
        default: message[place] = digit
        }
      }
      expectSame(&warm, topic, message, "seed \(seed) step \(step)")
    }
  }

  @Test func clocksAreReadAcrossEveryKindOfStep() {
    var warm = Bench()
    for clock in [
      "2025-03-10T20:25:51", "2025-03-10T20:25:52", "2025-03-10T20:59:59", "2025-03-10T21:00:00", "2025-03-11T00:00:00",
      "2024-12-31T23:59:59", "2025-01-01T00:00:00", "1970-01-01T00:00:09", "1969-12-31T23:59:59", "2025-02-29T00:00:00",
      "2025-03-10T20:60:00", "2025-03-10T20:59:60", "2025-03-10T2O:59:00", "2025-03-10 20:25:51",
    ] {
      for text in [clock, clock + ".999", clock + "+01:00", clock + ".001+01:00", clock + "+02:00"] {
        let payload = #"{"Time":"\#(text)","ENERGY":{"Total":1.000,"Power":5}}"#
        for _ in 0..<2 { expectSame(&warm, "tele/x/SENSOR", Array(payload.utf8)) }
      }
    }
  }

  @Test func numbersGrowAndShrinkBesideEachOther() {
    var warm = Bench()
    for (a, b) in [
      ("9", "10"), ("10", "9"), ("99", "100"), ("-1", "1"), ("1", "-1"), ("0", "1"), ("12345678", "123456789"),
      ("999999999999999999", "1"), ("1000000000000000000", "1"), ("-0", "00"), ("5", "5"),
    ] {
      for order in [(a, b), (b, a)] {
        let payload =
          #"{"Time":"2025-03-10T20:25:51","X":\#(order.1),"ENERGY":{"Total":1.000,"Power":\#(order.0),"Today":\#(order.1).250}}"#
        for _ in 0..<2 { expectSame(&warm, "tele/x/SENSOR", Array(payload.utf8)) }
      }
    }
  }

  @Test func aReadingsNumbersAllStandInItsText() {
    var generator = SeededGenerator(seed: 7)
    for (topic, payload) in Samples.all {
      var warm = Bench()
      let original = Array(payload.utf8)
      let keys = keyBytes(original)
      for _ in 0..<3000 {
        let place = Int.random(in: 0..<original.count, using: &generator)
        if keys[place] { continue }
        _ = warm.decode(Array(topic.utf8), original)
        var changed = original
        changed[place] = UInt8.random(in: 0...255, using: &generator)
        guard case .reading = warm.decode(Array(topic.utf8), changed) else { continue }
        let text = String(decoding: changed, as: UTF8.self)
        for (field, value) in zip(warm.reading.layout.fields, warm.reading.values) {
          let number = Bench.text(field.form, value, warm.reading.texts)
          #expect(text.utf8.firstRange(of: number) != nil || text.contains("\\"), "\(number) in \(text)")
        }
      }
    }
  }

  @Test func theLayoutIsOneObjectForMessagesOfOneShape() {
    var bench = Bench()
    _ = bench.decode("tele/a/SENSOR", Samples.standard)
    let first = bench.reading.layout
    _ = bench.decode("tele/a/SENSOR", Samples.standard.replacing("113", with: "9"))
    #expect(bench.reading.layout === first)
    _ = bench.decode("tele/b/SENSOR", Samples.standard)
    #expect(bench.reading.layout === first)
  }
}

extension String.UTF8View {
  /// Where `other` begins.
  func firstRange(of other: String) -> Index? {
    var start = startIndex
    while start < endIndex || other.isEmpty {
      if self[start...].starts(with: other.utf8) { return start }
      if start == endIndex { return nil }
      start = index(after: start)
    }
    return nil
  }
}
