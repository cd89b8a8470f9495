public import Readings

/// Rollups of one block of readings as bytes (Schema/rollups.md, SF-R10 to SF-R12).
public enum RollupBlock {
  /// How a body is laid out. A reader that does not know a kind reads rows instead: rollups are derived (SF-R10).
  public enum Kind: UInt8, Comparable, Sendable {
    /// Cells one after another, in one stream: written into segments up to version 2.
    case cells = 1
    /// Hours, the energy of their halves, and the parts of hours, each in a stream of its own.
    case hours

    public static func < (one: Kind, other: Kind) -> Bool { one.rawValue < other.rawValue }
  }

  /// - Parameters:
  ///   - series: with everything that is known, as ``RollupBuilder/series(of:)`` gives it.
  ///   - timeUnit: milliseconds of the store's time resolution; every receive time is a multiple of it.
  public static func encode(_ series: RollupSeries, timeUnit: Int64) -> [UInt8] {
    precondition(!series.runs.isEmpty && timeUnit > 0, "rollups of nothing")
    let head = Head(series, timeUnit: timeUnit)
    var coarse = series.byHours
    var model = head.model(cellLength: RollupSeries.hour)
    var hours = RiceEncoder(contextCount: RollupContext.count)
    var halves = RiceEncoder(contextCount: RollupHalves.contextCount)
    var parts = RiceEncoder(contextCount: RollupContext.count)
    var partModel = head.parts
    var cells = series.cells
    for index in coarse.runs.indices {
      var run = coarse.runs[index]
      _ = model.code(&run, &coarse.cells, &hours)
      guard !run.cells.isEmpty else { continue }
      _ = RollupHalves.code(&run, coarse.cells, &coarse.halves, unit: head.energyUnit, &halves)
      if head.form.cellLength < RollupSeries.hour {
        _ = partModel.code(run, of: coarse, &cells, known: series.runs[index].cells, &parts)
      }
    }
    let (hourBytes, halfBytes) = (hours.finish(), halves.finish())
    var writer = ByteWriter()
    head.write(kind: .hours, to: &writer)
    writer.append(varint: UInt64(hourBytes.count))
    writer.append(varint: UInt64(halfBytes.count))
    return writer.bytes + hourBytes + halfBytes + parts.finish()
  }

  /// nil for rollups of a kind that this program does not know.
  ///
  /// - Parameters:
  ///   - rowCount: of the block of readings, which no reader's memory may pass.
  ///   - detail: what is wanted; ``Kind/cells`` has its cells only.
  public static func decode(
    _ bytes: ArraySlice<UInt8>, rowCount: Int, detail: RollupDetail = .cells
  ) throws(FormatError) -> RollupSeries? {
    var reader = ByteReader(bytes)
    guard let kind = Kind(rawValue: try reader.readByte()) else { return nil }
    let head = try Head(&reader, rowCount: rowCount)
    guard kind == .hours else {
      let stream = try reader.readBytes(reader.remaining)
      return try runs(of: head, in: stream, cellLength: head.form.cellLength, rowCount: rowCount)
    }
    let hourByteCount = try reader.readCount(limit: reader.remaining)
    let halfByteCount = try reader.readCount(limit: reader.remaining)
    let hourBytes = try reader.readBytes(hourByteCount)
    let halfBytes = try reader.readBytes(halfByteCount)
    var series = try runs(of: head, in: hourBytes, cellLength: RollupSeries.hour, rowCount: rowCount)
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

  private static func addHalves(
    to series: inout RollupSeries, _ head: Head, from stream: ArraySlice<UInt8>
  ) throws(FormatError) {
    series.halves.reserveCapacity(2 * series.cells.count)
    let isSound = stream.withUnsafeBufferPointer { bytes in
      var stream = RiceDecoder(bytes, contextCount: RollupHalves.contextCount)
      for index in series.runs.indices where !series.runs[index].cells.isEmpty {
        guard
          RollupHalves.code(
            &series.runs[index], series.cells, &series.halves, unit: head.energyUnit, &stream)
        else { return false }
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
