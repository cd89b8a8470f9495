/// The notes of a report on its page: many of one kind about one plug are one, which opens to show them all.
struct PageNotes {
  let report: Report
  let wording: ReportWording
  let notes: FoldedNotes

  var markup: Markup {
    var page = Markup()
    guard !report.notes.isEmpty else { return page }
    let byStandIn = Dictionary(grouping: report.notes) { notes.ids([$0.id]).first ?? $0.id }
    page.add("<section class=\"notes\"><h2>Notes</h2><dl>")
    for line in notes.lines {
      let device = line.device.map { "<b>\(Markup.name($0))</b> " } ?? ""
      let id = Markup.escaped(line.id)
      page.add(
        "<dt id=\"\(id)\">\(id)</dt><dd>\(device)<time>\(Markup.escaped(line.times))</time>\(Markup.escaped(line.text))"
      )
      let members = byStandIn[line.id] ?? []
      if members.count > 1 {
        page.add("<details><summary>all \(members.count)</summary><ul>")
        for note in members {
          page.add(
            "<li><time>\(Markup.escaped(wording.noteTimes(note)))</time>\(Markup.escaped(note.text))</li>")
        }
        page.add("</ul></details>")
      }
      page.add("</dd>")
    }
    page.add("</dl></section>")
    return page
  }
}
