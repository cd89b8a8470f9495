public import Readings

/// Readings of a plug that come as rollups: each counter takes its own.
extension MeterAccount {
  /// Takes runs of readings as ``add(_:device:)`` would take their rows.
  ///
  /// Rows are asked for where a run does not tell enough, because a cut point lies between them or for what happened
  /// before; and, as long as there are any, by a ``trace``: who asks how a figure comes about sees every row.
  ///
  /// - Parameters:
  ///   - places: of neighbouring runs of the rollups.
  ///   - rows: some of the runs' rows, counted from the first of them on; nil where they are gone.
  /// - Precondition: the runs are told.
  public mutating func add(
    _ places: Range<Int>, of rollups: Rollups, device: Device, rows: (Range<Int>) throws -> ReadingColumns?
  ) rethrows {
    var end = 0
    let block = Block(rollups)
    for place in places {
      let run = rollups.runs[place]
      let range = end..<end + run.rowCount
      end = range.upperBound
      if shared != nil {
        // A run may hold readings of several plugs whose counters lie near each other.
        if let all = try rows(range) {
          add(all, device: device)
          continue
        }
        meet(device, from: run.first.time, to: run.last.time)
        causes.hear([run.first.time, run.last.time])
        try addShared(place, of: rollups, device: device) {
          try rows(range.lowerBound + $0.lowerBound..<range.lowerBound + $0.upperBound)
        }
        continue
      }
      if trace != nil, let rows = try rows(range) {
        add(rows, device: device)
        continue
      }
      let refused = add(place, of: block, device: device)
      if refused.isEmpty || run.rowCount == 1 { continue }
      // The first row was taken with the run.
      if let rows = try rows(range.dropFirst()) {
        add(rows, device: device, toChannels: Set(refused.map(\.channel)))
      } else {
        add(restOf: place, of: block, refused, device: device)
      }
    }
  }

  /// A counter of rollups, and the channel whose account it is.
  private struct Lane {
    var counter: Int
    var channel: UInt8
  }

  /// Rollups whose series are held once for all their runs: one that is taken out of an array is a copy of six.
  private struct Block {
    let rollups: Rollups
    let first: RollupSeries
    /// Of a plug of one counter, whatever the run.
    let onlyLane: [Lane]?

    init(_ rollups: Rollups) {
      self.rollups = rollups
      first = rollups.counters[0]
      let isPlain = rollups.counters.count == 1 && first.form.channel == 0
      onlyLane = isPlain ? [Lane(counter: 0, channel: 0)] : nil
    }
  }

  /// - Returns: the counters whose rows have to be looked at one by one. They have the first row and no other: those that
  ///   follow it are to be added as rows.
  private mutating func add(_ place: Int, of block: Block, device: Device) -> [Lane] {
    let run = block.first.runs[place]
    precondition(run.isTold, "a run without numbers")
    meet(device, from: run.first.time, to: run.first.time)
    let lanes = lanes(of: block, run: place)
    for lane in lanes {
      lane.counter == 0
        ? addFirst(ofRun: place, of: block.first, to: lane.channel)
        : addFirst(ofRun: place, of: block.rollups.counters[lane.counter], to: lane.channel)
    }
    causes.hear(CollectionOfOne(run.first.time))
    if causes.isOffline(after: run.first.time, before: run.last.time) { return lanes }
    let refused = lanes.filter { lane in
      !(lane.counter == 0
        ? addRest(ofRun: place, of: block.first, to: lane)
        : addRest(ofRun: place, of: block.rollups.counters[lane.counter], to: lane))
    }
    if refused.count < lanes.count { lastReading = max(lastReading ?? run.last.time, run.last.time) }
    return refused
  }

  private mutating func lanes(of block: Block, run place: Int) -> [Lane] {
    let counters = block.rollups.counters
    hasOnePower = hasOnePower || counters.contains { $0.form.channel == 0 && $0.form.phaseCount == 0 }
    if let lane = block.onlyLane {
      takeOneTotal()
      return lane
    }
    let channels = channels(of: block.rollups, run: place)
    return channels.enumerated().compactMap { counter, channel in
      channel.map { Lane(counter: counter, channel: $0) }
    }
  }

  private mutating func addFirst(ofRun place: Int, of series: RollupSeries, to channel: UInt8) {
    let index = account(of: channel)
    if series.form.phaseCount > 0 { shares.addFirst(ofRun: place, of: series) }
    rowOfRun.fill(CounterPoint(series.runs[place].first, series.form))
    accounts[index].account.add(rowOfRun)
  }

  private mutating func addRest(
    ofRun place: Int, of series: RollupSeries, to lane: Lane, rowsAreGone: Bool = false
  ) -> Bool {
    let run = series.runs[place]
    let index = account(of: lane.channel)
    let hasPhases = series.form.phaseCount > 0
    if hasPhases, !rowsAreGone, !shares.takes(run, unit: series.form.phaseLength) { return false }
    guard accounts[index].account.addRest(of: run, in: series, rowsAreGone: rowsAreGone) else { return false }
    if hasPhases { shares.addRest(ofRun: place, of: series) }
    return true
  }

  /// Takes what is left of a run whose rows are gone and that was refused: its cells where they can be taken at all, else
  /// its last row as a reading behind a silence.
  private mutating func add(restOf place: Int, of block: Block, _ refused: [Lane], device: Device) {
    let run = block.first.runs[place]
    meet(device, from: run.last.time, to: run.last.time)
    causes.hear(CollectionOfOne(run.last.time))
    for lane in refused {
      let series = block.rollups.counters[lane.counter]
      if addRest(ofRun: place, of: series, to: lane, rowsAreGone: true) { continue }
      if series.form.phaseCount > 0 { shares.addRest(ofRun: place, of: series) }
      let index = account(of: lane.channel)
      rowOfRun.fill(CounterPoint(series.runs[place].last, series.form))
      accounts[index].account.add(rowOfRun)
    }
  }
}
