import Calendar
import History
import Household
import Readings
import Text

extension StatisticsDatabase {
  /// What the database holds, for whoever does not know what to ask for.
  func list(_ zone: SiteZone, isJSON: Bool, _ console: Console) throws(Failure) -> ExitCode {
    var lines: [(id: String, unit: EnergyUnit, counter: ImportedCounter)] = []
    for entity in entities {
      lines.append(
        (entity.id, entity.unit, HomeAssistantHistory.counter(try rows(of: entity), unit: entity.unit)))
    }
    func time(_ point: ImportedCounter.Point?) -> String? { point.map { InstantText.text($0.time, in: zone.rules) } }
    if isJSON {
      var json = JSONWriter()
      json.object { root in
        root.key("schema")
        root.value("wattlog.import-entities/1")
        root.key("entities")
        root.array { list in
          for line in lines {
            list.object { item in
              item.key("entity")
              item.value(line.id)
              item.key("unit")
              item.value(line.unit.rawValue)
              for (key, point) in [("start", line.counter.points.first), ("end", line.counter.points.last)] {
                item.key(key)
                item.value(time(point))
              }
              item.key("kWh")
              item.value(Figure(line.counter.energy.milliwattHours, places: 6))
              item.key("doubts")
              item.value(line.counter.doubts.count)
            }
          }
        }
      }
      try OutputFile.write(json.text + "\n", to: nil)
      return .done
    }
    guard !lines.isEmpty else {
      throw Failure(.noData, "the database holds no statistics of energy or power")
    }
    var grid = TextGrid([
      .init("entity", .left), .init("unit", .left), .init("kWh"), .init("from", .left), .init("to", .left),
    ])
    for line in lines {
      grid.append([
        .init(SafeText.neutralised(line.id)), .init(line.unit.rawValue),
        .init(line.counter.energy.kilowattHours(places: 3)), .init(time(line.counter.points.first) ?? "–"),
        .init(time(line.counter.points.last) ?? "–"),
      ])
    }
    try OutputFile.write(grid.lines(width: 200, colour: false).map { $0 + "\n" }.joined(), to: nil)
    console.note("nothing is stored yet: name what to take, and whose it is, with --entity ID=NAME")
    return .done
  }
}
