/// A pass over a column's rows with its model.
protocol ColumnCoding {
  mutating func run<Model: RowModel>(
    _ model: inout Model, _ present: UnsafeMutablePointer<UInt8>?, _ groups: Probabilities)
}

/// Encodes: looks 16 rows ahead for a surprise, and says in one decision when there is none.
struct EncodingPass<Coder: BlockCoder>: ColumnCoding {
  var coder: Coder
  let rowCount: Int

  mutating func run<Model: RowModel>(
    _ model: inout Model, _ present: UnsafeMutablePointer<UInt8>?, _ groups: Probabilities
  ) {
    var history = 7
    var row = 0
    while row < rowCount {
      let end = min(row + GroupFlags.rows, rowCount)
      var probe = SurpriseProbe()
      let before = model
      var ahead = row
      while ahead < end && !probe.isSurprised {
        if present == nil || present?[ahead] != 0 { model.code(ahead, &probe) }
        ahead += 1
      }
      _ = coder.decide(!probe.isSurprised, groups + history)
      if probe.isSurprised {
        model = before
        for row in row..<end where present == nil || present?[row] != 0 { model.code(row, &coder) }
      }
      history = (history << 1 | (probe.isSurprised ? 0 : 1)) & 7
      row = end
    }
  }
}

/// Decodes what ``EncodingPass`` wrote; absent rows repeat the row before.
struct DecodingPass: ColumnCoding {
  var coder: RangeDecoder
  let rowCount: Int

  mutating func run<Model: RowModel>(
    _ model: inout Model, _ present: UnsafeMutablePointer<UInt8>?, _ groups: Probabilities
  ) {
    var history = 7
    var row = 0
    var foreseen = AsPredicted()
    while row < rowCount {
      let end = min(row + GroupFlags.rows, rowCount)
      let isPredicted = coder.decide(true, groups + history)
      if let present {
        for row in row..<end {
          if present[row] != 0 {
            if isPredicted { model.code(row, &foreseen) } else { model.code(row, &coder) }
          } else if row > 0 {
            model.values[row] = model.values[row - 1]
          }
        }
      } else if isPredicted {
        for row in row..<end { model.code(row, &foreseen) }
      } else {
        for row in row..<end { model.code(row, &coder) }
      }
      history = (history << 1 | (isPredicted ? 1 : 0)) & 7
      row = end
    }
  }
}
