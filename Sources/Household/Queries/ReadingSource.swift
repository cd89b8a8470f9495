public import Readings
public import Storage

/// Where an account's readings come from: the store's reader, or what a test puts before it.
public protocol ReadingSource {
  /// Calls `body` with runs of rollups where they tell all, with rows where they do not: ``StoreReader/stretches(of:in:soft:detail:keys:_:)``.
  func stretches<Failure: Error>(
    of device: Device, in range: Range<Timestamp>, soft: RollupScan.SoftEnds, detail: RollupDetail,
    keys: Set<FieldKey>?, _ body: (RollupScan.Stretch) throws(Failure) -> Void
  ) throws(Failure)

  /// Calls `body` with rows: ``StoreReader/readings(of:in:keys:_:)``.
  func readings<Failure: Error>(
    of device: Device, in range: Range<Timestamp>, keys: Set<FieldKey>?,
    _ body: (ReadingColumns) throws(Failure) -> Void
  ) throws(Failure)

  /// Whether there is a reading: ``StoreReader/holdsReading(of:in:detail:)``.
  func holdsReading(of device: Device, in range: Range<Timestamp>, detail: RollupDetail) -> Bool
}

extension StoreReader: ReadingSource {}
