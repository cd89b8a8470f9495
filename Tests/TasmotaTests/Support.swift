import Readings
import Tasmota

/// A decoder with its reading, fed with text.
struct Bench {
  var decoder: Decoder
  var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])

  init(maximumDevices: Int = 256, knownDevices: [Device] = []) {
    decoder = Decoder(maximumDevices: maximumDevices, knownDevices: knownDevices)
  }

  mutating func decode(_ topic: String, _ payload: String, retained: Bool = false, at seconds: Int64 = 1_741_638_343)
    -> Outcome
  {
    decode(Array(topic.utf8), Array(payload.utf8), retained: retained, at: seconds)
  }

  mutating func decode(_ topic: [UInt8], _ payload: [UInt8], retained: Bool = false, at seconds: Int64 = 1_741_638_343)
    -> Outcome
  {
    topic.withUnsafeBytes { topic in
      payload.withUnsafeBytes { payload in
        decoder.decode(
          topic: topic, payload: payload, retained: retained, receivedAt: Timestamp(seconds: seconds), into: &reading)
      }
    }
  }

  /// The last reading as `key`, `key#channel` → text, in the message's order.
  var texts: [String] {
    zip(reading.layout.fields, reading.values).map { field, value in
      let name = field.channel == 0 ? field.key.name : "\(field.key.name)#\(field.channel)"
      return "\(name)=\(Bench.text(field.form, value, reading.texts))"
    }
  }

  /// What the store would print: independent of the decoder's own reading of clocks.
  static func text(_ form: FieldForm, _ value: Int64, _ texts: [String]) -> String {
    if let places = form.decimalPlaces { return Decimal.string(value, places: places) }
    guard let units = form.clockUnitsPerSecond else { return texts[Int(value)] }
    let civil = CivilTime(secondsSince1970: value.flooringQuotient(units))
    func padded(_ number: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
    }
    var text =
      "\(padded(civil.year, 4))-\(padded(civil.month, 2))-\(padded(civil.day, 2))T"
      + "\(padded(civil.hour, 2)):\(padded(civil.minute, 2)):\(padded(civil.second, 2))"
    if units == 1000 { text += "." + padded(Int(value.flooringRemainder(1000)), 3) }
    if let minutes = form.offsetMinutes {
      text += (minutes < 0 ? "-" : "+") + padded(abs(minutes) / 60, 2) + ":" + padded(abs(minutes) % 60, 2)
    }
    return text
  }
}

/// Messages of many shapes, as plugs send them.
enum Samples {
  static let standard =
    #"{"Time":"2025-03-10T20:25:51","ENERGY":{"TotalStartTime":"2025-01-29T20:25:46","Total":1033.041,"Yesterday":1.240,"Today":0.512,"Period":0,"Power":113,"ApparentPower":143,"ReactivePower":87,"Factor":0.79,"Voltage":240,"Current":0.594}}"#
  static let solar =
    #"{"Time":"2024-02-04T23:56:32.323+01:00","ENERGY":{"TotalStartTime":"2022-11-08T17:55:27","Total":44.79066,"Yesterday":-0.12747,"Today":0.12666,"Period":0.440,"Power":-4.900,"Factor":-0.50,"Frequency":50,"Voltage":231.250,"Current":0.042}}"#
  static let phases =
    #"{"Time":"2024-12-02T15:53:56","ENERGY":{"TotalStartTime":"2024-11-30T13:18:05","Total":[9.588,22.732,0.005],"Yesterday":[1.513,10.905,-0.002],"Today":[5.285,7.902,0.005],"TodaySumImport":0.165,"ExportActive":[8.196,0.000,0.012],"Power":[176.0,232.1,-0.1],"Voltage":[231,0,0]},"TempUnit":"C"}"#
  static let sensors =
    #"{"Time":"2019-09-14T16:24:49","Switch1":"OFF","ANALOG":{"Temperature":52.5,"A0":-3},"ENERGY":{"Total":3.262,"Power":[23.63,67.17],"Current":[0.103,0.293],"BL09XX":{"Temperature":43.2}},"DS18B20":{"Id":"0516","Temperature":32.3}}"#
  static let status =
    #"{"StatusSNS":{"Time":"2023-01-09T18:57:39","Switch1":"ON","ENERGY":{"TotalStartTime":"2023-01-09T13:59:15","Total":0.077,"TotalTariff":[0.000,0.017],"Power":null,"Frequency":50}}}"#
  static let legacy =
    #"{"Time":"2017-10-02T19:24:32", "Total":1.753, "Today":0.205, "Period": 0, "Power":3, "Voltage":221}"#

  static let all: [(topic: String, payload: String)] = [
    ("tele/a/SENSOR", standard), ("tele/b/SENSOR", solar), ("tele/c/SENSOR", phases), ("tele/d/SENSOR", sensors),
    ("stat/e/STATUS10", status), ("tele/f/ENERGY", legacy),
  ]
}
