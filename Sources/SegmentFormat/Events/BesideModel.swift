import Readings

/// Codes a plug's MARGINS by its readings: each is told with the first reading from its time on, and what it says is
/// how far the power went since the reading before (SF-44).
struct BesideModel {
  private enum Grid {
    static let isAlone = ContextGrid.first(3, 13, 4)
    static let isSameTemplate = ContextGrid.behind(isAlone, 1)
    static let isAsPredicted = ContextGrid.behind(isSameTemplate, 4, 3)
    static let sign = ContextGrid.behind(isAsPredicted, 4)
    static let template = ContextGrid.magnitudes(behind: sign, 1)
    static let lag = ContextGrid.magnitudes(behind: template, 1)
    static let number = ContextGrid.magnitudes(behind: lag, 4, 3)
  }
  static let contextCount = Grid.number.end

  private let table: Probabilities
  private let readings: ReadingsBeside
  private let templates: [EventTemplate]
  private let timeUnit: Int64
  private var template: Int
  /// The last two answers, newest lowest: 1 where a reading stood beside an event.
  private var history = 0
  private var usualDistance: Int64 = 0
  private var lastDistance: Int64 = 0

  init(_ table: Probabilities, _ readings: ReadingsBeside, templates: [EventTemplate], timeUnit: Int64) {
    self.table = table
    self.readings = readings
    self.templates = templates
    self.timeUnit = timeUnit
    template = templates.count - 1
  }

  /// - Parameter event: that of this row, nil for none; a decoder's is not looked at.
  mutating func code<Coder: BlockCoder>(_ event: EventRecord?, row: Int, _ coder: inout Coder) -> EventRecord? {
    let distance = row > 0 ? readings.times[row] &- readings.times[row - 1] : 0
    let pace = self.pace(distance)
    let step = readings.watts(row: row) &- readings.watts(row: row - 1)
    let isAlone = coder.decide(
      event == nil, table + Grid.isAlone[pace, Residual.size(step, limit: 12), history])
    let found = isAlone ? nil : codeEvent(event ?? EventRecord(), row, distance, &coder)
    history = history << 1 & 3 | (isAlone ? 0 : 1)
    if usualDistance == 0 || isWithin(100, distance &- lastDistance) { usualDistance = distance }
    lastDistance = distance
    return found
  }

  /// 0 where a reading came when it was due, 1 where sooner, 2 where later.
  private func pace(_ distance: Int64) -> Int {
    isWithin(1001, usualDistance &- distance) ? 0 : distance < usualDistance ? 1 : 2
  }

  /// - Parameter limit: milliseconds that a number of units stays below, either way.
  private func isWithin(_ limit: Int64, _ units: Int64) -> Bool {
    units.magnitude <= 30_000 && abs(units) * timeUnit < limit
  }

  private mutating func codeEvent<Coder: BlockCoder>(
    _ event: EventRecord, _ row: Int, _ distance: Int64, _ coder: inout Coder
  ) -> EventRecord {
    var found = event
    found.kind = Event.Kind.margins.rawValue
    let lag = Residual.codeMagnitude(
      UInt64(bitPattern: readings.times[row] &- event.time) &+ 1, &coder, table, Grid.lag[0])
    found.time = readings.times[row] &- Int64(bitPattern: lag &- 1)
    if !coder.decide(event.template == template, table + Grid.isSameTemplate[0]) {
      let coded = Residual.codeMagnitude(UInt64(event.template + 1), &coder, table, Grid.template[0])
      template = Int(min(coded &- 1, UInt64(templates.count - 1)))
    }
    found.template = template
    let count = templates[template].numberCount
    if found.numbers.count != count { found.numbers = Array(repeating: 0, count: count) }
    // What a plug took three seconds ago is what the reading before says, the surer the nearer that is.
    let nearness = isWithin(5000, distance) ? 0 : isWithin(30_000, distance) ? 1 : 2
    for place in 0..<count {
      found.numbers[place] = codeNumber(found.numbers[place], row, place, nearness, &coder)
    }
    return found
  }

  private func codeNumber<Coder: BlockCoder>(
    _ value: Int64, _ row: Int, _ place: Int, _ nearness: Int, _ coder: inout Coder
  ) -> Int64 {
    let (now, before) = (readings.watts(row: row, place: place), readings.watts(row: row - 1, place: place))
    let expected = now &- before
    // Off now, off before: what is off is off to the digit.
    let ends = (now == 0 ? 1 : 0) + (before == 0 ? 2 : 0)
    let residual = Residual.code(
      value &- expected, &coder, table, zero: Grid.isAsPredicted[ends, nearness], sign: Grid.sign[ends],
      magnitude: Grid.number[ends, nearness])
    return expected &+ residual
  }
}
