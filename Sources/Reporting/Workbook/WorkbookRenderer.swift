/// A report as a workbook, in the rows of ``ReportSheet``.
public enum WorkbookRenderer {
  public static func render(_ report: Report, isWide: Bool = false) throws(WorkbookTooLong) -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      var book = Workbook(sheetName: "Wattlog")
      let sink: Workbook.Sink = { bytes.append(contentsOf: $0) }
      let sheet = ReportSheet(report, isWide: isWide)
      try book.begin(sheet.headings(in: .english), sink)
      for period in report.periods {
        sheet.write(period, to: &book)
        if book.isFull { try book.flush(sink) }
      }
      try book.finish(sink)
    } catch {
      // The sink takes everything.
      throw WorkbookTooLong()
    }
    return bytes
  }
}
