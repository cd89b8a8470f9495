import Readings

/// The columns that the rollups of a block are made of (SF-R1).
///
/// Of columns that tell the same in several written forms the one with the most numbers is taken, and of one Total for all
/// channels and one for each the form that most rows have. Rows with a number in another column are not told.
struct RollupColumns {
  /// The columns of one counter.
  struct Counter {
    var channel: UInt8
    var total, today, yesterday: Int
    /// Of the counter, or of each of its phases.
    var powers: [Int] = []
    /// ExportActive likewise; none without any.
    var exports: [Int] = []
  }

  let rows: ReadingColumns
  private(set) var counters: [Counter] = []
  let clock: Int
  private(set) var startTime: Int?
  /// Columns in which no row may have a number.
  private(set) var others: [Int] = []
  /// For a column those that hold nothing but its negative zeros.
  private var zeros: [Int: [Int]] = [:]

  private static let keys: Set<FieldKey> = [
    .total, .today, .yesterday, .power, .time, .totalStartTime, .exportActive,
  ]

  init?(_ rows: ReadingColumns) {
    self.rows = rows
    var found: [Place: Int] = [:]
    for (index, column) in rows.columns.enumerated() where RollupColumns.keys.contains(column.field.key) {
      let place = Place(key: column.field.key, channel: column.field.channel)
      guard let known = found[place] else {
        found[place] = index
        continue
      }
      let isBetter = RollupColumns.count(column) > RollupColumns.count(rows.columns[known])
      if isBetter { found[place] = index }
      others.append(isBetter ? known : index)
    }
    guard let clock = found.removeValue(forKey: Place(key: .time, channel: 0)) else { return nil }
    self.clock = clock
    startTime = found.removeValue(forKey: Place(key: .totalStartTime, channel: 0))
    for channel in RollupColumns.channels(in: rows, found) {
      guard let total = found.removeValue(forKey: Place(key: .total, channel: channel)),
        let today = found.removeValue(forKey: Place(key: .today, channel: channel)),
        let yesterday = found.removeValue(forKey: Place(key: .yesterday, channel: channel))
      else { return nil }
      var counter = Counter(channel: channel, total: total, today: today, yesterday: yesterday)
      counter.powers = RollupColumns.take(.power, of: channel, in: rows, &found)
      counter.exports = RollupColumns.take(.exportActive, of: channel, in: rows, &found)
      guard !counter.powers.isEmpty, haveOneForm(counter.powers), haveOneForm(counter.exports) else { return nil }
      counters.append(counter)
    }
    guard !counters.isEmpty else { return nil }
    others += found.values.sorted()
    takeZeros()
  }

  /// `-0.000` is no decimal number and so stands in a column of texts, but it is 0.
  private mutating func takeZeros() {
    let taken = [clock] + counters.flatMap { [$0.total, $0.today, $0.yesterday] + $0.powers + $0.exports }
    for other in others where rows.columns[other].field.form == .verbatim {
      let column = rows.columns[other]
      guard
        let main = taken.first(where: {
          let field = rows.columns[$0].field
          return field.key == column.field.key && field.channel == column.field.channel
        }), let places = rows.columns[main].field.form.decimalPlaces
      else { continue }
      let zero = "-" + Decimal.string(0, places: places)
      if column.texts.allSatisfy({ $0 == zero }) { zeros[main, default: []].append(other) }
    }
    let found = Set(zeros.values.joined())
    others.removeAll(where: found.contains)
  }

  /// The numbers of a column.
  func values(_ column: Int) -> [Int64] {
    guard let zeros = zeros[column] else { return rows.columns[column].values }
    var values = rows.columns[column].values
    for zero in zeros {
      for row in values.indices where rows.columns[zero].values[row] != ReadingColumns.absent { values[row] = 0 }
    }
    return values
  }

  private struct Place: Hashable {
    var key: FieldKey
    var channel: UInt8
  }

  private static func count(_ column: ReadingColumns.Column) -> Int {
    column.values.reduce(0) { $0 + ($1 != ReadingColumns.absent ? 1 : 0) }
  }

  /// The counters' channels: 0 alone, or all others with a Total.
  private static func channels(in rows: ReadingColumns, _ found: [Place: Int]) -> [UInt8] {
    let channels = found.keys.filter { $0.key == .total }.map(\.channel).sorted()
    guard channels.first == 0, channels.count > 1 else { return channels }
    let (one, each) = (found[Place(key: .total, channel: 0)], found[Place(key: .total, channel: channels[1])])
    guard let one, let each else { return channels }
    return count(rows.columns[one]) >= count(rows.columns[each]) ? [0] : Array(channels.dropFirst())
  }

  /// Takes the columns of a counter: its own, or those of all channels where it counts for all, whichever most rows have.
  private static func take(
    _ key: FieldKey, of channel: UInt8, in rows: ReadingColumns, _ found: inout [Place: Int]
  ) -> [Int] {
    let own = found[Place(key: key, channel: channel)]
    let each = channel == 0 ? (UInt8(1)...8).compactMap { found[Place(key: key, channel: $0)] } : []
    let isOwn =
      own.map { own in each.first.map { count(rows.columns[own]) >= count(rows.columns[$0]) } ?? true } ?? false
    let taken = isOwn ? own.map { [$0] } ?? [] : each
    found = found.filter { !taken.contains($0.value) }
    return taken
  }

  private func haveOneForm(_ columns: [Int]) -> Bool { Set(columns.map { rows.columns[$0].field.form }).count <= 1 }

  // MARK: Forms

  /// What the block's numbers of a counter are; its cell length is not known here. nil where they cannot be told.
  func form(of counter: Counter) -> RollupSeries.Form? {
    func places(_ index: Int, _ limit: Int) -> Int? {
      rows.columns[index].field.form.decimalPlaces.flatMap { $0 <= limit ? $0 : nil }
    }
    guard let totalPlaces = places(counter.total, 6), let todayPlaces = places(counter.today, 6),
      let yesterdayPlaces = places(counter.yesterday, 6), let powerPlaces = places(counter.powers[0], 3),
      counter.exports.first.map({ places($0, 6) == totalPlaces }) ?? true,
      let clockUnits = rows.columns[clock].field.form.clockUnitsPerSecond
    else { return nil }
    var startTimeUnit: Int64 = 0
    if let startTime {
      guard let units = rows.columns[startTime].field.form.clockUnitsPerSecond else { return nil }
      startTimeUnit = 1000 / units
    }
    var form = RollupSeries.Form(
      cellLength: 0, totalPlaces: totalPlaces, todayPlaces: todayPlaces, yesterdayPlaces: yesterdayPlaces,
      powerPlaces: powerPlaces, clockUnit: 1000 / clockUnits, startTimeUnit: startTimeUnit)
    form.channel = counter.channel
    form.hasExportCounter = !counter.exports.isEmpty
    form.phaseCount = counter.powers.count > 1 ? counter.powers.count : 0
    return form
  }
}
