import Calendar
import Household
import Readings
import Storage
import Text

/// What `status` says to a person: recorder, store, what was left out, and each plug's last reading.
struct StatusTable {
  private let store: StoreStatus
  private let recorder: RecorderStatus
  private let zone: SiteZone
  private let now: Timestamp

  init(_ store: StoreStatus, _ recorder: RecorderStatus, _ zone: SiteZone, now: Timestamp) {
    self.store = store
    self.recorder = recorder
    self.zone = zone
    self.now = now
  }

  var text: String {
    var text = recorder.text(now: now)
    text += "store     \(SafeText.neutralised(store.path)) \(ByteText.text(Int64(store.byteCount))), "
    text += CountText.text(store.messageCount, "message")
    if let ratio = store.bytesPerMessage { text += " (\(ratio.rescaled(to: 2).text) bytes each)" }
    if let first = store.first, let last = store.last {
      text += "\n          from \(InstantText.text(first, in: zone.rules)) to \(InstantText.text(last, in: zone.rules))"
    }
    return text + leftOut + plugs
  }

  private var leftOut: String {
    let tallies = recorder.tallies ?? store.tallies
    var text =
      "\nleft out  \(CountText.grouped(tallies.retained)) retained, \(CountText.grouped(tallies.ignored)) ignored"
    text += ", \(CountText.text(tallies.duplicates, "duplicate"))"
    for (reason, count) in tallies.refused.sorted(by: { $0.key < $1.key }) {
      text += ", \(CountText.grouped(count)) refused (\(SafeText.neutralised(reason)))"
    }
    return text + "\n"
  }

  private var plugs: String {
    guard !store.devices.isEmpty else { return "devices   none yet\n" }
    let width = max(6, store.devices.map { SafeText.width(SafeText.neutralised($0.name)) }.max() ?? 0)
    var text = "\n" + "device".padded(to: width) + "  last reading               age          W  availability\n"
    for device in store.devices {
      let name = SafeText.neutralised(device.name)
      let power = device.power?.groupedText ?? "–"
      text += name + String(repeating: " ", count: width - SafeText.width(name)) + "  "
      text += InstantText.text(device.lastReading, in: zone.rules) + "  "
      text += AgeText.text(seconds: (now.milliseconds - device.lastReading.milliseconds) / 1000).padded(to: 8)
      text += String(repeating: " ", count: max(0, 6 - power.count)) + power + "  \(device.availability.rawValue)\n"
    }
    return text
  }
}
