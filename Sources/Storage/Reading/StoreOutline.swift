public import Readings
import SegmentFormat

/// Where in time a store holds what, without reading it: tells whether anything of a time has changed.
public struct StoreOutline {
  /// A block of a segment, or a row or event that no segment holds yet.
  private struct Piece {
    let first: Int64
    let last: Int64
    let rowCount: Int
    let byteCount: Int
  }
  /// Of one device, or all events.
  private struct Series {
    let name: String
    /// By first time.
    let pieces: [Piece]
  }
  private let series: [Series]

  init(_ content: StoreContent) {
    var pieces: [String: [Piece]] = [:]
    func add(_ name: String, _ piece: Piece) { pieces[name, default: []].append(piece) }
    for index in content.segments.indices {
      for entry in content.footer(ofSegment: index)?.entries ?? [] {
        add(
          entry.device.map(StoreOutline.name) ?? "",
          Piece(
            first: entry.first.milliseconds, last: entry.last.milliseconds, rowCount: entry.rowCount,
            byteCount: entry.byteCount))
      }
    }
    func add(_ name: String, at time: Int64) { add(name, Piece(first: time, last: time, rowCount: 1, byteCount: 0)) }
    for rows in content.unsealed.series {
      let name = StoreOutline.name(rows.device)
      for time in rows.times { add(name, at: time) }
    }
    for event in content.unsealed.events { add("", at: event.at.milliseconds) }
    series = pieces.sorted { $0.key < $1.key }.map { name, pieces in
      Series(
        name: name,
        pieces: pieces.sorted {
          ($0.first, $0.last, $0.rowCount, $0.byteCount) < ($1.first, $1.last, $1.rowCount, $1.byteCount)
        })
    }
  }

  private static func name(_ device: Device) -> String { "\(device.topic)\n\(device.mac ?? "")" }

  /// Changes with what the store holds of a time.
  ///
  /// - Parameter withNeighbours: changes with the nearest readings before and behind it too, which may reach into it over
  ///   a silence.
  public func fingerprint(of range: Range<Timestamp>, withNeighbours: Bool = true) -> UInt64 {
    let (start, end) = (range.lowerBound.milliseconds, range.upperBound.milliseconds)
    var print = Fingerprint()
    for series in series {
      print.add(series.name)
      var before: Piece?
      for piece in series.pieces {
        if piece.last < start {
          if piece.last >= before?.last ?? .min { before = piece }
          continue
        }
        if piece.first >= end, !withNeighbours { break }
        StoreOutline.add(piece, to: &print)
        // The first behind the time is the last that counts.
        if piece.first >= end { break }
      }
      if let before, withNeighbours { StoreOutline.add(before, to: &print) }
    }
    return print.value
  }

  /// Of all that the store holds.
  public var fingerprint: UInt64 {
    fingerprint(of: Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max))
  }

  private static func add(_ piece: Piece, to print: inout Fingerprint) {
    print.add(piece.first)
    print.add(piece.last)
    print.add(piece.rowCount)
    print.add(piece.byteCount)
  }
}
