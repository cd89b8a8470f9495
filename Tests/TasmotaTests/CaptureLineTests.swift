import Readings
import Tasmota
import TestSupport
import Testing

@Suite struct CaptureLineTests {
  struct Message: Equatable {
    var milliseconds: Int64
    var retained: Bool
    var topic: String
    var payload: String
  }

  private func parse(_ line: String) throws(CaptureLineError) -> Message {
    try parse(Array(line.utf8))
  }

  private func parse(_ line: [UInt8]) throws(CaptureLineError) -> Message {
    var parser = CaptureLineParser()
    let result: Result<Message, CaptureLineError> = line.withUnsafeBytes { bytes in
      do throws(CaptureLineError) {
        let message = try parser.parse(bytes)
        return .success(
          Message(
            milliseconds: message.receivedAt.milliseconds, retained: message.retained,
            topic: String(decoding: message.topic, as: UTF8.self),
            payload: String(decoding: message.payload, as: UTF8.self)))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  @Test(
    arguments: [
      ("1795361034.734864037 0 t/a/LWT Online", 1_795_361_034_734, false, "t/a/LWT", "Online"),
      ("1795361034.746062117 1 t/a/POWER ", 1_795_361_034_746, true, "t/a/POWER", ""),
      ("1795361034.746062117 1 t/a/POWER", 1_795_361_034_746, true, "t/a/POWER", ""),
      ("1795361034.999999999 0 t/a/LWT Off line ", 1_795_361_034_999, false, "t/a/LWT", "Off line "),
      ("1795361034 0 /x/é/SENSOR {\"a\": 1}", 1_795_361_034_000, false, "/x/é/SENSOR", "{\"a\": 1}"),
      ("1795361034.7 0 a b c", 1_795_361_034_700, false, "a", "b c"), ("0.05 0 a  b", 50, false, "a", " b"),
      ("253402300799.999 0 a b", 253_402_300_799_999, false, "a", "b"), ("1.5 0 a b\r", 1500, false, "a", "b"),
    ])
  func aLineOfTimeFlagTopicPayloadIsTakenApart(
    line: String, milliseconds: Int64, retained: Bool, topic: String, payload: String
  ) throws {
    #expect(
      try parse(line) == Message(milliseconds: milliseconds, retained: retained, topic: topic, payload: payload))
  }

  /// As mosquitto_sub 2.0.11 printed them, with the zone of Berlin in one; the first of 1.5.
  @Test(
    arguments: [
      (
        #"{"tst":1554139867,"topic":"t","qos":0,"retain":1,"payloadlen":6,"payload":"\"DATA\""}"#, 1_554_139_867_000,
        true, "t", #""DATA""#
      ),
      (
        #"{"tst":"2026-11-22T15:23:54.735089Z+0000","topic":"t/a/SENSOR","qos":0,"retain":0,"payloadlen":9,"payload":"{\"P\":1.0}"}"#,
        1_795_361_034_735, false, "t/a/SENSOR", #"{"P":1.0}"#
      ),
      (
        #"{"tst":"2026-11-22T15:23:54.746439Z+0000","topic":"t/a/POWER","qos":0,"retain":0,"payloadlen":0,"payload":null}"#,
        1_795_361_034_746, false, "t/a/POWER", ""
      ),
      (
        #"{"tst":"2026-11-22T16:23:58.835106Z+0100","topic":"t/a b/LWT","qos":1,"retain":1,"payloadlen":8,"mid":7,"payload":"Off line"}"#,
        1_795_361_038_835, true, "t/a b/LWT", "Off line"
      ),
      (
        #"{"tst":"2026-11-22T15:23:54.753361Z+0000","topic":"t/a","qos":0,"retain":0,"payloadlen":7,"payload":{"a":[1,{"b":0.5}]}}"#,
        1_795_361_034_753, false, "t/a", #"{"a":[1,{"b":0.5}]}"#
      ),
      (
        #"{"tst":"2026-11-22T15:23:54.757466Z+0000","topic":"t","qos":0,"retain":0,"payloadlen":2,"payload":42}"#,
        1_795_361_034_757, false, "t", "42"
      ),
      (
        #"{"tst":"2026-11-22T15:23:54.761Z","topic":"/x/é","properties":{"user-properties":{"payload":"no","retain":[1]}},"retain":0,"payload":"é\"\t\u0001\n\ud83d\ude00"}"#,
        1_795_361_034_761, false, "/x/é", "é\"\t\u{1}\n😀"
      ),
      (
        #"{"tst":"2026-11-22T15:23:54.761+00:00","topic":"t","retain":false,"payloadlen":3,"payload":[79,78,10]}"#,
        1_795_361_034_761, false, "t", "ON\n"
      ),
      (#"{"tst":1554139867.25,"topic":"t","retain":0,"payload":[1,"x"]}"#, 1_554_139_867_250, false, "t", #"[1,"x"]"#),
      (#"{"payload":"","retain":0,"topic":"t","tst":"1970-01-01T01:00:00Z+0100"}"#, 0, false, "t", ""),
    ] as [(String, Int64, Bool, String, String)])
  func aLineOfJSONIsTakenApart(
    line: String, milliseconds: Int64, retained: Bool, topic: String, payload: String
  ) throws {
    #expect(
      try parse(line) == Message(milliseconds: milliseconds, retained: retained, topic: topic, payload: payload))
  }

  @Test(
    arguments: [
      "", "\r", "garbage", "tele/a/LWT Online", " 1 0 a b", "1795361034", "1795361034.", "1795361034. 0 a b",
      "1795361034.1234567890 0 a b", "1795361034.5x 0 a b", "1795361034.5 2 a b", "1795361034.5 0", "1795361034.5 0 ",
      "1795361034.5 00 a b", "1795361034.5 0  b", "-1.5 0 a b", "253402300800 0 a b", "99999999999999999999999 0 a b",
      "{", "{}", #"{"tst":1,"topic":"t","retain":0}"#, #"{"tst":1,"topic":"","retain":0,"payload":""}"#,
      #"{"tst":1,"topic":"t","retain":2,"payload":""}"#, #"{"tst":-1,"topic":"t","retain":0,"payload":""}"#,
      #"{"tst":"2026-11-22T15:23:54.753361","topic":"t","retain":0,"payload":""}"#,
      #"{"tst":1,"tst":2,"topic":"t","retain":0,"payload":""}"#,
      #"{"tst":1,"topic":"t","retain":0,"payload":"\ud800"}"#,
      #"{"tst":1,"topic":"t","retain":0,"payload":"a"} x"#, #"{"tst":1e3,"topic":"t","retain":0,"payload":"a"}"#,
      #"{"tst":1,"topic":"t","retain":0,"payload":"a"#, #"{"Time":"2025-03-10T20:25:51","ENERGY":{}}"#,
    ])
  func anythingElseIsAnErrorThatSaysWhereAndWhat(line: String) {
    #expect { try parse(line) } throws: { error in
      guard let error = error as? CaptureLineError else { return false }
      return !error.what.isEmpty && error.offset >= 0 && error.offset <= line.utf8.count
    }
  }

  @Test func bothFormsOfEveryMessageSayTheSame() throws {
    for (topic, payload) in Samples.all {
      let escaped = payload.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      let text = try parse("1795361034.735089000 0 \(topic) \(payload)")
      let json = try parse(
        #"{"tst":"2026-11-22T15:23:54.735089Z+0000","topic":"\#(topic)","qos":0,"retain":0,"payloadlen":1,"payload":"\#(escaped)"}"#
      )
      let plain = try parse(
        #"{"tst":"2026-11-22T15:23:54.735089Z+0000","topic":"\#(topic)","qos":0,"retain":0,"payloadlen":1,"payload":\#(payload)}"#
      )
      #expect(text == json && json == plain)
    }
  }

  @Test func noLineTrapsHoweverItIsBroken() {
    var generator = SeededGenerator(seed: 42)
    let lines = [
      "1795361034.735089000 0 tele/a/SENSOR \(Samples.standard)",
      #"{"tst":"2026-11-22T16:23:58.835106Z+0100","topic":"t/a b/LWT","qos":1,"retain":1,"payloadlen":8,"mid":7,"payload":"Off\u00e9\\line"}"#,
      #"{"tst":1554139867.25,"topic":"t","retain":0,"payload":[79,78,[1,{"a":2}]]}"#,
    ].map { Array($0.utf8) }
    for line in lines {
      for count in 0...line.count { _ = try? parse(Array(line[..<count])) }
      for _ in 0..<20_000 {
        var changed = line
        for _ in 0...Int.random(in: 0...2, using: &generator) {
          changed[Int.random(in: 0..<changed.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        _ = try? parse(changed)
      }
    }
  }

  @Test func aLineBeyondTheBoundIsRefused() {
    let line = "1.5 0 a " + String(repeating: "x", count: CaptureLineParser.maximumLineBytes)
    #expect(throws: CaptureLineError.self) { try parse(line) }
  }
}
