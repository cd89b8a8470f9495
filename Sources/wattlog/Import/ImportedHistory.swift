import Calendar
import History
import Household
import Readings
import Text

/// A history with what of it is new, and how that is told.
struct ImportedHistory {
  var history: ReadHistory
  var owner: HistoryOwner
  var device: Device
  var merge: HistoryMerge
  /// It takes the place of what an earlier import said.
  var replaces: Bool

  /// Sentences for a person.
  func text(_ zone: TimeZoneRules, isDryRun: Bool) -> [String] {
    let counter = history.counter
    guard let first = counter.points.first, let last = counter.points.last else {
      return ["\(history.label): nothing to take"]
    }
    let name = SafeText.printable(owner.name)
    var lines = history.remarks.map { "\(history.label): \($0)" }
    lines.append(
      "\(history.label) is \(name): \(counter.energy.kilowattHours(places: 3)) kWh from "
        + "\(InstantText.text(first.time, in: zone)) to \(InstantText.text(last.time, in: zone))"
        + (counter.step.map { ", every \(SpanText.text(milliseconds: $0))" } ?? ""))
    var taken = [
      "\(CountText.text(Int64(merge.new.count), "point")) \(isDryRun ? "would be new" : merge.new.count == 1 ? "is new" : "are new")"
    ]
    if merge.knownCount > 0 { taken.append("\(CountText.grouped(Int64(merge.knownCount))) there already") }
    lines.append("  " + taken.joined(separator: ", "))
    if replaces { lines.append("  an earlier import told of this time otherwise: now this one counts") }
    let counted = owner.counted(counter)
    if let told = owner.told, counted != counter.energy {
      lines.append(
        "  of these \(counted.kilowattHours(places: 3)) kWh count: the plug's own readings win from "
          + "\(InstantText.text(told.lowerBound, in: zone)) to \(InstantText.text(told.upperBound, in: zone))")
    }
    if !owner.isKnown {
      lines.append("  no plug is called \(name) yet: it stands for itself until one comes under this name or topic")
    }
    return lines + doubtLines(zone)
  }

  private static let shownDoubtCount = 10

  private func doubtLines(_ zone: TimeZoneRules) -> [String] {
    let doubts = history.counter.doubts
    var lines = doubts.prefix(ImportedHistory.shownDoubtCount).map { doubt in
      func energy(_ milliwattHours: Int64) -> String {
        Energy(milliwattHours: milliwattHours).kilowattHours(places: 3)
      }
      let cause =
        switch doubt.kind {
        case .reset: "the counter began anew"
        case .spike: "a whole counter was counted as one step"
        case .fall: "the counter fell"
        case .adjustment: "the sum was put right there by hand, or differs from the counter"
        }
      return "  until \(InstantText.text(doubt.to, in: zone)) \(cause): \(energy(doubt.counted)) kWh there, "
        + "\(energy(doubt.taken)) kWh taken"
    }
    if doubts.count > lines.count {
      lines.append("  and \(CountText.grouped(Int64(doubts.count - lines.count))) more of these; --json lists them all")
    }
    return lines
  }

  func write(to json: inout JSONWriter, _ zone: TimeZoneRules) {
    let counter = history.counter
    json.object { object in
      object.key("source")
      object.value(history.source.rawValue)
      object.key("from")
      object.value(history.label)
      object.key("device")
      object.value(owner.name)
      object.key("isKnown")
      object.value(owner.isKnown)
      for (key, point) in [("start", counter.points.first), ("end", counter.points.last)] {
        object.key(key)
        if let point { object.value(InstantText.text(point.time, in: zone)) } else { object.null() }
      }
      object.key("kWh")
      object.value(Figure(counter.energy.milliwattHours, places: 6))
      for (key, count) in [
        ("points", counter.points.count), ("new", merge.new.count), ("known", merge.knownCount),
      ] {
        object.key(key)
        object.value(count)
      }
      object.key("countedKWh")
      object.value(Figure(owner.counted(counter).milliwattHours, places: 6))
      object.key("replaces")
      object.value(replaces)
      object.key("doubts")
      object.array { list in
        for doubt in counter.doubts {
          list.object { item in
            item.key("kind")
            item.value(doubt.kind.rawValue)
            item.key("start")
            item.value(InstantText.text(doubt.from, in: zone))
            item.key("end")
            item.value(InstantText.text(doubt.to, in: zone))
            item.key("countedKWh")
            item.value(Figure(doubt.counted, places: 6))
            item.key("takenKWh")
            item.value(Figure(doubt.taken, places: 6))
          }
        }
      }
      object.key("remarks")
      object.array { list in
        for remark in history.remarks { list.value(remark) }
      }
    }
  }
}
