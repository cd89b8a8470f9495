import Pricing
import Readings
import Tasmota

/// One payload after another (lines) of the same plug, so that the template of the first is tried on the rest.
public func fuzzSensor(_ input: UnsafeRawBufferPointer) {
  var decoder = Decoder()
  var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
  let topics: [StaticString] = ["tele/tv/SENSOR", "stat/tv/STATUS8", "stat/tv/RESULT", "tele/tv/INFO3"]
  for (number, payload) in input.split(separator: 0x0A, maxSplits: 7).enumerated() {
    let topic = topics[number < 3 ? 0 : number % topics.count]
    topic.withUTF8Buffer { topic in
      let outcome = decoder.decode(
        topic: UnsafeRawBufferPointer(topic), payload: UnsafeRawBufferPointer(rebasing: payload), retained: false,
        receivedAt: Timestamp(milliseconds: Int64(number) * 1000), into: &reading)
      guard case .reading = outcome else { return }
      precondition(reading.values.count == reading.layout.fields.count, "a reading of another shape")
      for (field, value) in zip(reading.layout.fields, reading.values) where field.form == .verbatim {
        precondition(reading.texts.indices.contains(Int(value)), "a text that is not there")
      }
    }
  }
}
