import Readings

/// Whether a plug tells one Total for all its channels or one for each (SetOption129), and what it means when that
/// changes within one run of the plug.
struct TotalForm {
  enum Shape {
    case one
    case each
  }
  var shape: Shape?
  /// The sum of the channels at the last reading that told each: from there one Total for all goes on.
  var lastSum: CounterPoint?

  /// Neighbouring rows that tell Total in one form, or not at all.
  static func uniformRanges(of rows: ReadingColumns) -> [Range<Int>] {
    let ones = rows.columns.filter { $0.field.key == .total && $0.field.channel == 0 }
    let several = rows.columns.filter { $0.field.key == .total && $0.field.channel != 0 }
    guard !ones.isEmpty, !several.isEmpty else { return [0..<rows.rowCount] }
    func holds(_ columns: [ReadingColumns.Column], _ row: Int) -> Bool {
      columns.contains { $0.values[row] != ReadingColumns.absent }
    }
    var uniformRanges: [Range<Int>] = []
    var (start, shape) = (0, Shape?.none)
    for row in 0..<rows.rowCount {
      let here: Shape? = holds(ones, row) ? .one : holds(several, row) ? .each : shape
      if let here, let shape, here != shape {
        uniformRanges.append(start..<row)
        start = row
      }
      shape = here
    }
    return uniformRanges + [start..<rows.rowCount]
  }
}

extension MeterAccount {
  /// What the rows of a run are taken for.
  struct Lanes {
    var channels: [UInt8]
    /// A meter whose driver has not spoken yet shows three phases: the first one's Total is that of all.
    var isFirstOfPhases = false
  }

  /// The counters of a run of rows. Where the form of Total changes, the counters of the other form end: what is used
  /// until the change is counted by them, what is used after it by the others, and nothing twice.
  mutating func lanes(of rows: ReadingColumns) -> Lanes {
    let counted = MeterAccount.channels(with: .total, in: rows)
    guard !counted.isEmpty else {
      return Lanes(
        channels: accounts.isEmpty ? MeterAccount.channels(with: .power, in: rows) : accounts.map(\.channel))
    }
    guard counted != [0] else {
      takeOneTotal()
      return Lanes(channels: counted)
    }
    if totalForm.shape == .one, counted.first == 1, counted.dropFirst().allSatisfy({ isZero(rows, $0) }) {
      return Lanes(channels: [0], isFirstOfPhases: true)
    }
    if totalForm.shape == .one { endOneTotal(with: sum(of: rows, counted, row: 0)) }
    totalForm.shape = .each
    totalForm.lastSum = sum(of: rows, counted, row: rows.rowCount - 1)
    return Lanes(channels: counted)
  }

  mutating func takeOneTotal() {
    if totalForm.shape == .each { beginOneTotal() }
    totalForm.shape = .one
  }

  private func isZero(_ rows: ReadingColumns, _ channel: UInt8) -> Bool {
    rows.columns.filter { $0.field.key == .total && $0.field.channel == channel }
      .allSatisfy { $0.values.allSatisfy { $0 == 0 || $0 == ReadingColumns.absent } }
  }

  /// From here on each channel has its own Total: the first of these rows ends what was counted of their sum.
  private mutating func endOneTotal(with point: CounterPoint?) {
    guard let index = accounts.firstIndex(where: { $0.channel == 0 }) else { return }
    if let point { accounts[index].account.take(point) }
    accounts[index].account.interrupt()
  }

  /// From here on there is one Total for all channels.
  private mutating func beginOneTotal() {
    for index in accounts.indices { accounts[index].account.interrupt() }
    if let lastSum = totalForm.lastSum { accounts[account(of: 0)].account.take(lastSum) }
    totalForm.lastSum = nil
  }

  /// One row as a plug would tell it that tells one Total; nil where a channel is silent.
  private func sum(of rows: ReadingColumns, _ channels: [UInt8], row: Int) -> CounterPoint? {
    let rows = rows.rows(row..<row + 1)
    var lane = CounterLane(rowCount: 1)
    var sum: CounterPoint?
    for channel in channels {
      lane.fill(
        from: rows, start: 0, sources: CounterSources(rows, channel: channel, sumsPower: false), zone: options.timeZone)
      let point = lane.point(0)
      guard point.total != CounterPoint.absent else { return nil }
      guard var whole = sum else {
        sum = point
        continue
      }
      whole.add(point)
      sum = whole
    }
    return sum
  }

  /// What the rows of a run are taken for, as ``lanes(of:)`` says of rows.
  ///
  /// - Returns: for each counter of the rollups the channel whose account it is; nil for one of a meter whose driver has
  ///   not spoken yet.
  mutating func channels(of rollups: Rollups, run place: Int) -> [UInt8?] {
    let channels: [UInt8?] = rollups.counters.map { $0.form.channel }
    guard channels != [0] else {
      takeOneTotal()
      return channels
    }
    let isSilent = rollups.counters.dropFirst().allSatisfy {
      $0.runs[place].first.total == 0 && $0.runs[place].last.total == 0
    }
    if totalForm.shape == .one, channels.first == 1, isSilent {
      return [0] + channels.dropFirst().map { _ in nil }
    }
    if totalForm.shape == .one { endOneTotal(with: CounterPoint.sum(of: rollups, run: place, atLast: false)) }
    totalForm.shape = .each
    totalForm.lastSum = CounterPoint.sum(of: rollups, run: place, atLast: true)
    return channels
  }

  static func channels(with key: FieldKey, in rows: ReadingColumns) -> [UInt8] {
    Set(
      rows.columns.filter { column in
        column.field.key == key && column.values.contains { $0 != ReadingColumns.absent }
      }.map(\.field.channel)
    ).sorted()
  }
}

extension CounterPoint {
  /// One row of a run as a plug would tell it that tells one Total.
  fileprivate static func sum(of rollups: Rollups, run place: Int, atLast isLast: Bool) -> CounterPoint {
    func point(_ series: RollupSeries) -> CounterPoint {
      CounterPoint(isLast ? series.runs[place].last : series.runs[place].first, series.form)
    }
    var sum = point(rollups.counters[0])
    for series in rollups.counters.dropFirst() { sum.add(point(series)) }
    return sum
  }

  fileprivate mutating func add(_ other: CounterPoint) {
    func sum(_ one: Int64, _ two: Int64) -> Int64 {
      one == CounterPoint.absent || two == CounterPoint.absent ? CounterPoint.absent : one &+ two
    }
    total = sum(total, other.total)
    today = sum(today, other.today)
    yesterday = sum(yesterday, other.yesterday)
    power = sum(power, other.power)
    export = sum(export, other.export)
  }
}
