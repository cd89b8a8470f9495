public import Readings

/// Rollups of one block of readings as bytes (Schema/rollups.md, SF-R10 to SF-R13).
public enum RollupBlock {
  /// How a body is laid out. A reader that does not know a kind reads rows instead: rollups are derived (SF-R10).
  public enum Kind: UInt8, Comparable, Sendable {
    /// Cells one after another, in one stream: written into segments up to version 2.
    case cells = 1
    /// Hours, the energy of their halves, and the parts of hours, each in a stream of its own.
    case hours
    /// The same for each of several counters, with what is given back and the powers of phases.
    case counters
    /// Laid out as ``hours`` and as ``counters``; runs end at messages that were held up over midnight: those of segments
    /// from version 7 on.
    case punctualHours, punctualCounters

    /// Tells what one counter of one plug does not need.
    var isWide: Bool { self == .counters || self == .punctualCounters }
    /// Messages that were held up over midnight stand by themselves (SF-R48).
    var isPunctual: Bool { self >= .punctualHours }

    public static func < (one: Kind, other: Kind) -> Bool { one.rawValue < other.rawValue }
  }

  /// Of a body; nil for one that this program does not know.
  public static func kind(of body: ArraySlice<UInt8>) -> Kind? { body.first.flatMap(Kind.init) }

  /// What a block of readings has at most: as many as Tasmota has channels.
  static let mostCounters = 8

  /// Does only a body of several counters tell such a one?
  static func isWide(_ form: RollupSeries.Form) -> Bool {
    form.channel != 0 || form.tellsExport || form.phaseCount > 0
  }

  private static func isWide(_ rollups: Rollups) -> Bool {
    rollups.counters.count > 1
      || rollups.counters.contains { series in
        isWide(series.form) || series.runs.contains { $0.steepest > RollupBounds.steepLimit }
      }
  }

  /// - Parameters:
  ///   - rollups: with everything that is known, as ``RollupBuilder/rollups(of:kind:)`` gives them.
  ///   - timeUnit: milliseconds of the store's time resolution; every receive time is a multiple of it.
  public static func encode(_ rollups: Rollups, timeUnit: Int64) -> [UInt8] {
    precondition(!rollups.runs.isEmpty && timeUnit > 0, "rollups of nothing")
    guard isWide(rollups) else {
      let kind = Kind.punctualHours
      return [kind.rawValue] + encode(rollups.counters[0], kind: kind, timeUnit: timeUnit)
    }
    precondition(rollups.counters.count <= mostCounters, "more counters than a plug has")
    let kind = Kind.punctualCounters
    var body = [kind.rawValue, UInt8(rollups.counters.count)]
    for series in rollups.counters {
      let bytes = encode(series, kind: kind, timeUnit: timeUnit)
      var head = ByteWriter()
      head.append(series.form.channel)
      head.append(varint: UInt64(bytes.count))
      body += head.bytes + bytes
    }
    return body
  }

  private static func encode(_ series: RollupSeries, kind: Kind, timeUnit: Int64) -> [UInt8] {
    let head = Head(series, kind: kind, timeUnit: timeUnit)
    var coarse = series.byHours
    var model = head.model(cellLength: RollupSeries.hour)
    var hours = RiceEncoder(contextCount: RollupContext.count)
    var halves = RiceEncoder(contextCount: RollupHalves.contextCount)
    var parts = RiceEncoder(contextCount: RollupContext.count)
    var phases = RiceEncoder(contextCount: RollupPhases.contextCount)
    var partModel = head.parts
    var phaseModel = RollupPhases(head.form, head.units)
    var cells = series.cells
    for index in coarse.runs.indices {
      var run = coarse.runs[index]
      _ = model.code(&run, &coarse.cells, &hours)
      if head.form.phaseCount > 0 { _ = phaseModel.code(index, &coarse, known: series, &phases) }
      guard !run.cells.isEmpty else { continue }
      _ = RollupHalves.code(&run, &coarse, unit: head.units.total, &halves)
      if head.form.cellLength < RollupSeries.hour {
        _ = partModel.code(run, of: coarse, &cells, known: series.runs[index].cells, &parts)
      }
    }
    let (hourBytes, halfBytes, phaseBytes) = (hours.finish(), halves.finish(), phases.finish())
    var writer = ByteWriter()
    head.write(to: &writer)
    writer.append(varint: UInt64(hourBytes.count))
    writer.append(varint: UInt64(halfBytes.count))
    if kind.isWide { writer.append(varint: UInt64(phaseBytes.count)) }
    return writer.bytes + hourBytes + halfBytes + phaseBytes + parts.finish()
  }

  /// nil for rollups of a kind that this program does not know.
  ///
  /// - Parameters:
  ///   - rowCount: of the block of readings, which no reader's memory may pass.
  ///   - detail: what is wanted; ``Kind/cells`` has its cells only.
  public static func decode(
    _ bytes: ArraySlice<UInt8>, rowCount: Int, detail: RollupDetail = .cells
  ) throws(FormatError) -> Rollups? {
    var reader = ByteReader(bytes)
    guard let kind = Kind(rawValue: try reader.readByte()) else { return nil }
    guard kind.isWide else {
      return Rollups([try decode(&reader, kind: kind, channel: 0, rowCount: rowCount, detail: detail)])
    }
    let count = try reader.readByte()
    guard count > 0, count <= mostCounters else { throw impossible(bytes) }
    var counters: [RollupSeries] = []
    for _ in 0..<count {
      let channel = try reader.readByte()
      let byteCount = try reader.readCount(limit: reader.remaining)
      var part = ByteReader(try reader.readBytes(byteCount))
      let series = try decode(&part, kind: kind, channel: channel, rowCount: rowCount, detail: detail)
      if let last = counters.last {
        guard last.form.channel < channel, areOfTheSameRows(last, series) else { throw impossible(bytes) }
      }
      counters.append(series)
    }
    guard reader.remaining == 0 else { throw impossible(bytes) }
    return Rollups(counters)
  }

  /// Do the runs of two counters begin and end with the same rows?
  private static func areOfTheSameRows(_ one: RollupSeries, _ other: RollupSeries) -> Bool {
    one.runs.count == other.runs.count
      && zip(one.runs, other.runs).allSatisfy {
        $0.rowCount == $1.rowCount && $0.isTold == $1.isTold && $0.first.time == $1.first.time
          && $0.last.time == $1.last.time
      }
  }

  private static func decode(
    _ reader: inout ByteReader, kind: Kind, channel: UInt8, rowCount: Int, detail: RollupDetail
  ) throws(FormatError) -> RollupSeries {
    let head = try Head(&reader, kind: kind, channel: channel, rowCount: rowCount)
    guard kind > .cells else {
      let stream = try reader.readBytes(reader.remaining)
      return try runs(of: head, in: stream, cellLength: head.form.cellLength, rowCount: rowCount)
    }
    let hourByteCount = try reader.readCount(limit: reader.remaining)
    let halfByteCount = try reader.readCount(limit: reader.remaining)
    let phaseByteCount = kind.isWide ? try reader.readCount(limit: reader.remaining) : 0
    let hourBytes = try reader.readBytes(hourByteCount)
    let halfBytes = try reader.readBytes(halfByteCount)
    let phaseBytes = try reader.readBytes(phaseByteCount)
    var series = try runs(of: head, in: hourBytes, cellLength: RollupSeries.hour, rowCount: rowCount)
    if head.form.phaseCount > 0 { try addPhases(to: &series, head, from: phaseBytes) }
    guard detail > .hours else { return series }
    try addHalves(to: &series, head, from: halfBytes)
    guard detail == .cells, head.form.cellLength < RollupSeries.hour else { return series }
    return try parts(of: series, head, in: try reader.readBytes(reader.remaining), rowCount: rowCount)
  }

  private static func runs(
    of head: Head, in stream: ArraySlice<UInt8>, cellLength: Int64, rowCount: Int
  ) throws(FormatError) -> RollupSeries {
    var series = RollupSeries(form: head.form, runs: [], cells: [])
    series.form.cellLength = cellLength
    series.runs.reserveCapacity(head.runCount)
    series.cells.reserveCapacity(head.cellCount(ofLength: cellLength, rowCount: rowCount))
    let isSound = stream.withUnsafeBufferPointer { bytes in
      var model = head.model(cellLength: cellLength)
      var stream = RiceDecoder(bytes, contextCount: RollupContext.count)
      var left = rowCount
      for _ in 0..<head.runCount {
        var run = RollupRun(
          rowCount: left, isTold: true, first: .init(time: .init(milliseconds: 0)),
          last: .init(time: .init(milliseconds: 0)))
        guard model.code(&run, &series.cells, &stream), !stream.isPastEnd else { return false }
        left -= run.rowCount
        series.runs.append(run)
      }
      return left == 0
    }
    guard isSound else { throw impossible(stream) }
    return series
  }

  private static func addPhases(
    to series: inout RollupSeries, _ head: Head, from stream: ArraySlice<UInt8>
  ) throws(FormatError) {
    let isSound = stream.withUnsafeBufferPointer { bytes in
      var model = RollupPhases(head.form, head.units)
      var stream = RiceDecoder(bytes, contextCount: RollupPhases.contextCount)
      let none = RollupSeries(form: head.form, runs: [], cells: [])
      for place in series.runs.indices {
        guard model.code(place, &series, known: none, &stream), !stream.isPastEnd else { return false }
      }
      return true
    }
    guard isSound else { throw impossible(stream) }
  }

  private static func addHalves(
    to series: inout RollupSeries, _ head: Head, from stream: ArraySlice<UInt8>
  ) throws(FormatError) {
    series.halves.reserveCapacity(2 * series.cells.count)
    let isSound = stream.withUnsafeBufferPointer { bytes in
      var stream = RiceDecoder(bytes, contextCount: RollupHalves.contextCount)
      for index in series.runs.indices where !series.runs[index].cells.isEmpty {
        var run = series.runs[index]
        guard RollupHalves.code(&run, &series, unit: head.units.total, &stream) else { return false }
        series.runs[index] = run
      }
      return !stream.isPastEnd
    }
    guard isSound else { throw impossible(stream) }
  }

  /// The series in its shortest cells, which tell the halves, too.
  private static func parts(
    of coarse: RollupSeries, _ head: Head, in stream: ArraySlice<UInt8>, rowCount: Int
  ) throws(FormatError) -> RollupSeries {
    var series = RollupSeries(form: head.form, runs: coarse.runs, cells: [])
    (series.phases, series.phasePowers) = (coarse.phases, coarse.phasePowers)
    series.cells.reserveCapacity(head.cellCount(ofLength: head.form.cellLength, rowCount: rowCount))
    let isSound = stream.withUnsafeBufferPointer { bytes in
      var model = head.parts
      var stream = RiceDecoder(bytes, contextCount: RollupContext.count)
      for index in series.runs.indices where !coarse.runs[index].cells.isEmpty {
        guard let cells = model.code(coarse.runs[index], of: coarse, &series.cells, known: 0..<0, &stream),
          !stream.isPastEnd
        else { return false }
        series.runs[index].cells = cells
        series.runs[index].halves = 0..<0
      }
      return true
    }
    guard isSound else { throw impossible(stream) }
    return series
  }

  private static func impossible(_ stream: ArraySlice<UInt8>) -> FormatError {
    .invalid(offset: stream.startIndex, what: "rollups that cannot be")
  }
}
