import Readings
import Tasmota
import Testing

@Suite struct EnergyMessageTests {
  private func fields(_ payload: String, topic: String = "tele/x/SENSOR") -> [String]? {
    var bench = Bench()
    guard case .reading = bench.decode(topic, payload) else { return nil }
    return bench.texts
  }

  private func refusal(_ payload: String, topic: String = "tele/x/SENSOR") -> RefusalReason? {
    var bench = Bench()
    guard case .refused(let reason) = bench.decode(topic, payload) else { return nil }
    return reason
  }

  @Test func theStandardMessageComesOutInItsOrderWithItsDigits() {
    #expect(
      fields(Samples.standard) == [
        "Time=2025-03-10T20:25:51", "TotalStartTime=2025-01-29T20:25:46", "Total=1033.041", "Yesterday=1.240",
        "Today=0.512", "Period=0", "Power=113", "ApparentPower=143", "ReactivePower=87", "Factor=0.79", "Voltage=240",
        "Current=0.594",
      ])
  }

  @Test func arraysBecomeChannelsBesideSingleNumbers() {
    #expect(
      fields(Samples.sensors) == [
        "Time=2019-09-14T16:24:49", "Total=3.262", "Power#1=23.63", "Power#2=67.17", "Current#1=0.103",
        "Current#2=0.293", "BL09XX.Temperature=43.2",
      ])
    #expect(fields(#"{"ENERGY":{"Power":[null,5, nan ,7]}}"#) == ["Power#2=5", "Power#4=7"])
    #expect(fields(#"{"ENERGY":{"Power":[]  ,"Total":1}}"#) == ["Total=1"])
  }

  @Test func totalIsReadInItsThreeForms() {
    let rest = #""Yesterday":0.088,"Today":0.017,"Power":0}}"#
    #expect(
      fields(#"{"ENERGY":{"Total":[3.110,0.056,0.000],"# + rest) == [
        "Total=3.110", "TotalTariff1=0.056", "TotalTariff2=0.000", "Yesterday=0.088", "Today=0.017", "Power=0",
      ])
    #expect(
      fields(#"{"ENERGY":{"Total":[3.110,0.056],"# + rest)?.prefix(2) == ["Total#1=3.110", "Total#2=0.056"])
    #expect(
      fields(#"{"ENERGY":{"Total":[9.588,22.732,0.005],"Power":[1,2,3],"Today":5}}"#)?.first == "Total#1=9.588")
    // Nothing beside it tells what it is: the sum does.
    #expect(fields(#"{"ENERGY":{"Total":[3.000,1.000,2.000]}}"#)?.last == "TotalTariff2=2.000")
    #expect(fields(#"{"ENERGY":{"Total":[3.000,1.000,1.000]}}"#)?.last == "Total#3=1.000")
    #expect(fields(#"{"ENERGY":{"Total":{"Phase1":1.2, "Phase2":3.4}}}"#) == ["Total.Phase1=1.2", "Total.Phase2=3.4"])
    #expect(
      fields(#"{"ENERGY":{"Total":[3.1,1.0,2.1],"Today":0.1,"ExportActive":[0.5,0.2,0.3]}}"#) == [
        "Total=3.1", "TotalTariff1=1.0", "TotalTariff2=2.1", "Today=0.1", "ExportActive=0.5", "ExportTariff1=0.2",
        "ExportTariff2=0.3",
      ])
  }

  @Test func tariffPairsGetTheirOwnKeys() {
    #expect(
      fields(#"{"ENERGY":{"Total":1.0,"TotalTariff":[0.4,0.6],"ExportTariff":[null,0.1]}}"#) == [
        "Total=1.0", "TotalTariff1=0.4", "TotalTariff2=0.6", "ExportTariff2=0.1",
      ])
    #expect(
      fields(#"{"ENERGY":{"TotalTariff":[1,2,3]}}"#) == ["TotalTariff#1=1", "TotalTariff#2=2", "TotalTariff#3=3"])
  }

  @Test func unlistedKeysAndNestedOnesKeepTheirNames() {
    #expect(
      fields(#"{"ENERGY":{"CurrentNeutral":0.008,"A":{"B":{"Power":1},"C":[2,3]},"É\u00e9":4,"Status":"ok"}}"#) == [
        "CurrentNeutral=0.008", "A.B.Power=1", "A.C#1=2", "A.C#2=3", "Éé=4",
      ])
    #expect(
      fields(#"{"Time":"2025-03-10T20:25:51","ENERGY":{"Time":5,"Epoch":6}}"#)?.dropFirst() == [
        "ENERGY.Time=5", "ENERGY.Epoch=6",
      ])
    #expect(refusal(#"{"ENERGY":{"":1}}"#) == .invalidName)
    #expect(refusal(#"{"ENERGY":{"\u0007":1}}"#) == .invalidName)
    let long = String(repeating: "k", count: 65)
    #expect(refusal(#"{"ENERGY":{"\#(long)":1}}"#) == .invalidName)
    #expect(fields(#"{"ENERGY":{"\#(long.dropLast())":1}}"#) == ["\(long.dropLast())=1"])
    #expect(fields(#"{"ENERGY":{"\#(long)":"text","Power":1}}"#) == ["Power=1"])
  }

  @Test func nullAndNanAreAbsent() {
    #expect(fields(#"{"ENERGY":{"Power":null,"Total": nan,"Today":-nan,"Voltage":NaN,"Current":1}}"#) == ["Current=1"])
    #expect(fields(#"{"Time":"2025-03-10T20:25:51","ENERGY":{"Power":null}}"#) == ["Time=2025-03-10T20:25:51"])
    #expect(refusal(#"{"ENERGY":{"Power":inf}}"#) == .numberNotFinite)
    #expect(refusal(#"{"ENERGY":{"Power":-inf}}"#) == .malformedJSON)
    #expect(refusal(#"{"ENERGY":{"Power":nanx}}"#) == .malformedJSON)
  }

  @Test(
    arguments: [
      "0", "-0", "-0.00", "0.000", "1e5", "1E-5", "-1.5e+3", "123456789012345678", "-123456789012345678",
      "1234567890123456789", "0.12345678901234567", "0.123456789012345678", "99999999999999999999999999999999",
      "-0.00006", "42949656", "1e308", "1e-400",
    ])
  func everyFiniteNumberComesBackAsSent(number: String) {
    #expect(fields(#"{"ENERGY":{"Power":\#(number) }}"#) == ["Power=\(number)"])
    #expect(fields(#"{"ENERGY":{"X":[\#(number),\#(number)]}}"#) == ["X#1=\(number)", "X#2=\(number)"])
  }

  @Test(
    arguments: [
      ("1e309", .numberNotFinite), ("-1e999", .numberNotFinite), ("01", .malformedJSON), ("+1", .malformedJSON),
      ("1.", .malformedJSON), (".5", .malformedJSON), ("1e", .malformedJSON), ("-", .malformedJSON),
      ("0x10", .malformedJSON), ("1 2", .malformedJSON), ("999999999999999999999999999999999", .numberTooLong),
      ("0.00000000000000000000000000000001", .numberTooLong), ("Infinity", .numberNotFinite), ("'1'", .malformedJSON),
    ] as [(String, RefusalReason)])
  func whatIsNoNumberIsRefused(number: String, reason: RefusalReason) {
    #expect(refusal(#"{"ENERGY":{"Power":\#(number)}}"#) == reason)
    #expect(refusal(#"{"ANALOG":{"A0":\#(number)},"ENERGY":{"Power":1}}"#) == reason)
  }

  @Test(
    arguments: [
      (#"{"ENERGY":{"Power":1,"Power":2}}"#, .duplicateKey), (#"{"ENERGY":{"Power":1,"Power":2.0}}"#, .duplicateKey),
      (#"{"ENERGY":{"Power":[1,2],"Power":[1]}}"#, .duplicateKey),
      (#"{"ENERGY":{"Power":1},"ENERGY":{"Total":2}}"#, .duplicateKey),
      (#"{"ENERGY":{"TotalTariff1":1,"TotalTariff":[2,3]}}"#, .duplicateKey),
      (#"{"Time":1,"Time":2,"ENERGY":{"Power":1}}"#, .duplicateKey),
      (#"{"ENERGY":{"Power":[[1]]}}"#, .unsupportedShape), (#"{"ENERGY":{"Power":[{"a":1}]}}"#, .unsupportedShape),
      (#"{"ENERGY":[1]}"#, .unsupportedShape), (#"{"ENERGY":5}"#, .unsupportedShape),
      (#"{"Time":{},"ENERGY":{"Power":1}}"#, .unsupportedShape),
      (#"{"ENERGY":{}}"#, .noEnergyNumber), (#"{"ENERGY":{"Power":"abc"}}"#, .noEnergyNumber),
      (#"{"Time":"2025-03-10T20:25:51","ENERGY":{"Status":"x"}}"#, .noEnergyNumber),
      (#"{"ENERGY":{"Power":1}} x"#, .malformedJSON), (#"{"ENERGY":{"Power":1}}}"#, .malformedJSON),
      (#"{"ENERGY":{"Power":1}"#, .truncatedJSON), (#"{"ENERGY":{"Power":1,}}"#, .malformedJSON),
      (#"{"ENERGY":{"Power" 1}}"#, .malformedJSON), (#"{"ENERGY":{"Power":tru}}"#, .malformedJSON),
      (#"{"ENERGY":{"Power":1]}"#, .malformedJSON), ("[]", .notJSON), ("ON", .notJSON), (" ", .notJSON),
      (#"{"a":"\x","ENERGY":{"Power":1}}"#, .malformedJSON), (#"{"a":"\u12G4","ENERGY":{"Power":1}}"#, .malformedJSON),
    ] as [(String, RefusalReason)])
  func aBrokenMessageIsRefusedWithItsReason(payload: String, reason: RefusalReason) {
    #expect(refusal(payload) == reason)
  }

  @Test func boundsHold() {
    func nested(_ depth: Int) -> String {
      #"{"ENERGY":{"Power":1},"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
    }
    #expect(fields(nested(15)) == ["Power=1"])
    #expect(refusal(nested(16)) == .nestingTooDeep)
    #expect(refusal(String(repeating: "[", count: 513)) == .notJSON)
    #expect(refusal(#"{"ENERGY":"# + String(repeating: "[", count: 512)) == .unsupportedShape)
    #expect(refusal(#"{"a":"# + String(repeating: "[", count: 8000)) == .nestingTooDeep)
    let long = #"{"ENERGY":{"Power":1},"a":""#
    func padded(_ count: Int) -> String { long + String(repeating: "x", count: count - long.count - 2) + "\"}" }
    #expect(fields(padded(8192)) == ["Power=1"])
    #expect(refusal(padded(8193)) == .payloadTooLong)
    let many = (0...256).map { "\"a\($0)\":1" }.joined(separator: ",")
    #expect(refusal(#"{"ENERGY":{\#(many)}}"#) == .tooManyNumbers)
    let channels = Array(repeating: "1", count: 33).joined(separator: ",")
    #expect(refusal(#"{"ENERGY":{"Power":[\#(channels)]}}"#) == .tooManyChannels)
    #expect(refusal("{\"a\":\"\u{1}\",\"ENERGY\":{\"Power\":1}}") == .malformedJSON)
    var bench = Bench()
    #expect(
      bench.decode(Array("tele/x/SENSOR".utf8), Array(#"{"a":""#.utf8) + [0xFF] + Array(#"","ENERGY":{"P":1}}"#.utf8))
        == .refused(.invalidUTF8))
  }

  @Test(
    arguments: [
      "2025-03-10T20:25:51", "1970-01-01T00:05:00", "2024-02-29T23:59:59", "2024-02-05T00:01:32.326",
      "2024-02-05T00:01:32+01:00", "2024-02-05T00:01:32-03:45", "2024-02-05T00:01:32.326+00:00", "0001-01-01T00:00:00",
      "2024-02-05T00:01:32.326-12:00", "2024-02-05T00:01:32Z", "2018.02.04 23:17:01", "2025-02-30T00:00:00",
      "2025-03-10T24:00:00", "2025-03-10T20:25:51-00:00", "2025-03-10T20:25:51+0100", "", "Tuesday",
      "2025-13-01T00:00:00", "2025-03-10T20:25:60", "2025-03-10T20:25:5x",
    ])
  func everyClockTextComesBackAsSent(clock: String) {
    #expect(
      fields(#"{"Time":"\#(clock)","ENERGY":{"TotalStartTime":"\#(clock)","Power":1}}"#) == [
        "Time=\(clock)", "TotalStartTime=\(clock)", "Power=1",
      ])
  }

  @Test func clocksHaveTheFormThatTheyWereWrittenIn() {
    func form(_ clock: String) -> FieldForm? {
      var bench = Bench()
      _ = bench.decode("tele/x/SENSOR", #"{"Time":\#(clock),"ENERGY":{"Power":1}}"#)
      return bench.reading.value(.time)?.form
    }
    #expect(form(#""2025-03-10T20:25:51""#) == .clock)
    #expect(form(#""2025-03-10T20:25:51.001""#) == .clockMilliseconds)
    #expect(form(#""2025-03-10T20:25:51+01:00""#) == .clock(offsetMinutes: 60))
    #expect(form(#""2025-03-10T20:25:51.001-03:45""#) == .clockMilliseconds(offsetMinutes: -225))
    #expect(form("1565599135") == .decimal(0))
    #expect(form(#""2025-03-10T20:25:51Z""#) == .verbatim)
    #expect(form("null") == nil)
  }

  @Test func epochStandsBesideTime() {
    #expect(
      fields(#"{"Time":"2019-08-12T10:38:55","Epoch":1565599135,"ENERGY":{"Power":1}}"#) == [
        "Time=2019-08-12T10:38:55", "Epoch=1565599135", "Power=1",
      ])
  }

  @Test func statusAndOldEnergyMessagesAreReadings() {
    #expect(
      fields(Samples.status, topic: "stat/x/STATUS8") == [
        "Time=2023-01-09T18:57:39", "TotalStartTime=2023-01-09T13:59:15", "Total=0.077", "TotalTariff1=0.000",
        "TotalTariff2=0.017", "Frequency=50",
      ])
    #expect(fields(Samples.status, topic: "stat/x/STATUS10") != nil)
    #expect(
      fields(Samples.legacy, topic: "tele/x/ENERGY") == [
        "Time=2017-10-02T19:24:32", "Total=1.753", "Today=0.205", "Period=0", "Power=3", "Voltage=221",
      ])
    #expect(fields(#"{"Time":"x","ENERGY":{"Power":3}}"#, topic: "tele/x/ENERGY") == ["Time=x", "Power=3"])
    var bench = Bench()
    #expect(bench.decode("tele/x/SENSOR", Samples.status) == .ignored(.noEnergy))
    #expect(bench.decode("stat/x/STATUS10", Samples.standard) == .ignored(.noEnergy))
    #expect(bench.decode("tele/x/SENSOR", #"{"Time":"2025-03-10T20:25:51","ENERGY":null}"#) == .ignored(.noEnergy))
    #expect(bench.decode("stat/x/STATUS8", #"{"StatusSNS":{"ENERGY":{"Power":100}}}"#) == .reading(0))
  }
}
