import Text

/// The columns of a table of periods or parts: one for each plug, then sums, money and how well it is known.
struct MatrixColumns {
  let matrix: ReportMatrix
  let wording: ReportWording
  /// Places in the matrix's keys, in the order of columns; the others are one column. Empty for sums alone.
  let shown: [Int]
  /// The ids of a row's notes as they are printed.
  let notes: ([String]) -> [String]
  /// Columns of the terminal that a plug's name may take.
  var nameLimit = 14
  /// With bars behind the figures.
  var hasBars = false

  var columns: [ReportColumn<ReportMatrix.Row>] {
    [energies, suns, exports, costs, compared, covers, noteIDs, bars].flatMap(\.self)
  }

  /// For the page, which draws elsewhere and has sums and money where a telephone shows them.
  var pageColumns: [ReportColumn<ReportMatrix.Row>] {
    let energies = energies
    let plugs = energies.filter { $0.role == .other }
    let others = energies.filter { $0.role != .other }
    return [others, costs, suns, exports, compared, plugs, covers, noteIDs].flatMap(\.self)
  }

  private typealias Column = ReportColumn<ReportMatrix.Row>

  private var energies: [Column] {
    let sums = matrix.sums
    var columns = [
      Column(matrix.title, .name, isLeft: true, total: ReportCell("total", .strong)) { ReportCell($0.label) }
    ]
    for key in shown {
      let name = SafeText.truncated(SafeText.neutralised(matrix.keys[key]), to: nameLimit)
      columns.append(Column(name, total: .figure(sums[key], .strong)) { .figure($0.figures[key]) })
    }
    let others = matrix.order.filter { !shown.contains($0) }
    if !others.isEmpty, !shown.isEmpty {
      let sum = Figure.sum(others.map { sums[$0] })
      columns.append(
        Column("others", total: .figure(sum, .strong)) { row in
          .figure(Figure.sum(others.compactMap { row.figures[$0] }))
        })
    }
    let total = matrix.total.used
    columns.append(
      Column(matrix.total.sun == nil ? "kWh" : "house", .energy, total: .figure(total, .strong)) { row in
        ReportCell(row.isEmpty ? "–" : ReportWording.grouped(row.total), .strong)
      })
    return columns
  }

  private var suns: [Column] {
    guard let total = matrix.total.sun else { return [] }
    return [
      Column("bought", total: .figure(total.bought, .strong)) { .figure($0.sun?.bought) },
      Column("of sun", givesWay: 2, total: .figure(total.ownUse, .strong)) { .figure($0.sun?.ownUse) },
    ]
  }

  /// What the row's time is compared with, and how much more is used now.
  private var compared: [Column] {
    guard matrix.isCompared else { return [] }
    return [
      Column("before", givesWay: 4) { row in
        guard let before = row.before else { return ReportCell(row.isEmpty ? "" : "no data", .quiet) }
        return .figure(before.kWh, before.complete ? .plain : .warning)
      },
      Column("%", givesWay: 5) { row in
        ReportCell(row.before.flatMap { ReportWording.change(from: $0.kWh, to: row.sun?.bought ?? row.total) } ?? "")
      },
    ]
  }

  private var exports: [Column] {
    guard matrix.hasExport else { return [] }
    return [
      Column(
        matrix.total.sun == nil ? "export" : "fed in", givesWay: 2, total: .figure(matrix.total.exportKWh, .strong)
      ) { row in
        .figure(row.export.isZero ? nil : row.export)
      }
    ]
  }

  private var costs: [Column] {
    guard wording.report.currency != nil else { return [] }
    let totals = [matrix.total] + matrix.total.others
    return zip(wording.costTitles(matrix.otherCostCount), totals).enumerated().map { [wording] place, column in
      Column(column.0, .cost(place), total: ReportCell(wording.money(column.1.cost), .strong)) { row in
        ReportCell(
          wording.money(
            place == 0 ? row.cost : row.otherCosts.indices.contains(place - 1) ? row.otherCosts[place - 1] : nil))
      }
    }
  }

  private var covers: [Column] {
    guard matrix.rows.contains(where: { $0.coverage != nil }) else { return [] }
    // The mark of an incomplete row stands behind the percent signs.
    let padding = matrix.hasNotes && matrix.rows.contains { !$0.isComplete } ? "  " : ""
    return [
      Column("cover", givesWay: 1) { row in
        let cover = row.coverage.map(ReportWording.percent) ?? ""
        return row.isComplete ? ReportCell(cover + padding) : ReportCell(cover + " !", .warning)
      }
    ]
  }

  private var noteIDs: [Column] {
    guard matrix.hasNotes else { return [] }
    return [Column("note", isLeft: true, givesWay: 3) { [notes] in ReportCell(.notes(notes($0.notes)), .quiet) }]
  }

  private var bars: [Column] {
    guard hasBars else { return [] }
    let largest = matrix.rows.map(\.total).max { $0.isLess(than: $1) } ?? Figure(0)
    return [Column("", .bar, isLeft: true, givesWay: 2) { ReportCell(.bar($0.total, of: largest)) }]
  }
}
