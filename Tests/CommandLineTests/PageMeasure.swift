import Foundation
import Testing

/// What a browser shows of a page at one width.
struct PageMeasure: Decodable {
  var page: String
  var width: Int
  /// How wide the page is.
  var wide: Int
  /// The smallest text, in pixels, and the least contrast of any text to what is behind it.
  var text: Double
  var contrast: Double
  /// The text with it.
  var palest: String
  /// Text beside the screen that no scrolling of its table brings there, text that its cell cuts off, and labels of one
  /// axis that touch.
  var out: [String]
  var cut: [String]
  var overlaps: Int
  /// Titles of the first table's columns that are on the screen at first.
  var columns: [String]
  /// First columns stay where they are while their tables are scrolled to the end.
  var stays: Bool
  var charts: Int
  /// What a reader of the screen misses.
  var unnamed: [String]

  /// Measures pages of a folder at some widths, all in one document.
  ///
  /// - Parameters:
  ///   - pages: names without `.html`.
  ///   - axe: the file of axe-core; its violations are among ``unnamed``.
  static func all(
    _ pages: [String], in folder: String, widths: [Int], isDark: Bool = false, axe: String? = nil,
    by browser: Chromium
  ) throws -> [PageMeasure] {
    var frames = ""
    for page in pages {
      let text = try String(contentsOfFile: folder + "/\(page).html", encoding: .utf8)
        .replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
      for width in widths {
        frames += """
          <iframe title="\(page)" data-width="\(width)" style="width:\(width)px;height:800px;border:0" srcdoc="\(text)"></iframe>

          """
      }
    }
    let engine = try axe.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? ""
    let harness = folder + "/harness.html"
    let document = """
      <!doctype html><meta charset="utf-8">\(frames)<pre id="found"></pre><script type="text/plain" id="axe">
      \(engine.replacing("</script", with: "<\\/script"))</script><script>
      \(script)
      onload = async () => {
        const all = []
        for (const frame of document.querySelectorAll("iframe")) {
          const found = measure(frame, +frame.dataset.width)
          const engine = document.getElementById("axe").textContent.trim()
          if (engine) {
            frame.contentWindow.eval(engine)
            const run = await frame.contentWindow.axe.run()
            for (const one of run.violations) found.unnamed.push(`axe ${one.id}: ${one.nodes[0].html}`)
          }
          all.push({ page: frame.title, width: +frame.dataset.width, ...found })
        }
        document.getElementById("found").textContent = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(all))))
      }
      </script>
      """
    try Data(document.utf8).write(to: URL(fileURLWithPath: harness))
    defer { try? FileManager.default.removeItem(atPath: harness) }
    let dom = try browser.dom(of: harness, isDark: isDark)
    let start = try #require(dom.range(of: "<pre id=\"found\">"), "no document: \(dom.suffix(300))")
    let data = try #require(
      Data(base64Encoded: String(dom[start.upperBound...].prefix { $0 != "<" })), "the script did not end")
    return try JSONDecoder().decode([PageMeasure].self, from: data)
  }

  /// Runs in the document around the pages, which hold no script of their own.
  private static let script = #"""
    function measure(frame, width) {
      const page = frame.contentDocument, view = frame.contentWindow
      const style = (element) => view.getComputedStyle(element)
      const parse = (text) => { const n = text.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n }
      const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1)
      const ground = (element) => {
        if (!element) return [255, 255, 255, 1]
        const own = parse(style(element).backgroundColor)
        return own[3] == 1 ? own : over(own, ground(element.parentElement))
      }
      // WCAG 2: relative luminance and contrast ratio.
      const light = (colour) => {
        const [r, g, b] = colour.map((v) => (v /= 255, v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
      }
      const contrast = (element) => {
        const below = ground(element), a = light(over(parse(style(element).color), below)), b = light(below)
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      }
      const found = {
        wide: page.documentElement.scrollWidth, text: 99, contrast: 99, palest: "", out: [], cut: [], overlaps: 0,
        columns: [], unnamed: [],
      }
      for (const details of page.querySelectorAll("details")) details.open = true
      const walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT)
      while (walk.nextNode()) {
        const node = walk.currentNode, element = node.parentElement, text = node.data.trim()
        if (!text || element.closest("style, title, .sr")) continue
        const range = page.createRange()
        range.selectNodeContents(node)
        const boxes = [...range.getClientRects()].filter((box) => box.width > 0)
        if (!boxes.length) continue
        found.text = Math.min(found.text, parseFloat(style(element).fontSize))
        const ratio = contrast(element)
        if (ratio < found.contrast) [found.contrast, found.palest] = [ratio, text.slice(0, 30)]
        if (!element.closest(".scroll") && boxes.some((box) => box.left < -1 || box.right > width + 1)) found.out.push(text)
        const holder = element.closest("th, td, p, div, span, h1, h2")
        if (holder && holder.scrollWidth > holder.clientWidth + 1 && style(holder).overflowX == "hidden") found.cut.push(text)
      }
      for (const group of page.querySelectorAll(".xs, .ys, .ds")) {
        const boxes = [...group.children].map((label) => label.getBoundingClientRect()).filter((box) => box.width > 0)
        boxes.forEach((a, place) => boxes.slice(0, place).forEach((b) => {
          if (a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5) found.overlaps++
        }))
      }
      const heads = [...page.querySelectorAll(".scroll table")].slice(0, 1).flatMap((table) => [...table.querySelectorAll("thead th")])
      found.columns = heads.filter((cell) => cell.getBoundingClientRect().width > 0 && cell.getBoundingClientRect().right <= width)
        .map((cell) => cell.textContent.trim())
      found.stays = [...page.querySelectorAll(".scroll")].every((box) => {
        box.scrollLeft = 1e6
        const left = box.getBoundingClientRect().left
        const stays = [...box.querySelectorAll("tr > :first-child")].every((cell) => cell.getBoundingClientRect().left >= left - 1)
        box.scrollLeft = 0
        return stays
      })
      found.charts = page.querySelectorAll("svg").length
      const need = (isThere, what) => { if (!isThere) found.unnamed.push(what) }
      const all = (selector) => [...page.querySelectorAll(selector)]
      const named = (element) => (element.getAttribute("aria-label") || element.textContent).trim() != ""
      need(page.documentElement.lang, "the page has no language")
      need(page.title, "the page has no title")
      need(all("main").length == 1 && all("h1").length == 1, "not one main part with one heading")
      const levels = all("h1, h2, h3, h4").map((heading) => +heading.tagName[1])
      need(levels.every((level, place) => place == 0 ? level == 1 : level <= levels[place - 1] + 1), `headings ${levels}`)
      all("svg").forEach((svg) => need(/^(img|group)$/.test(svg.getAttribute("role")) && svg.getAttribute("aria-label"), "a drawing without a name"))
      all("a").forEach((link) => need(named(link) && link.getAttribute("href"), `a link without a name: ${link.outerHTML}`))
      all("table").forEach((table) => need(table.querySelectorAll("thead th:not([scope=col])").length == 0, "a column without a head"))
      all("tbody tr").forEach((row) => need(row.firstElementChild.matches("th[scope=row]"), `a row without a head: ${row.textContent}`))
      all("ul > :not(li), dl > :not(dt):not(dd), nav:not([aria-label])").forEach((element) => need(false, `a part of no list: ${element.outerHTML}`))
      all(".scroll").forEach((box) => need(box.tabIndex == 0 && box.getAttribute("aria-label"), "a table that no key scrolls"))
      all("[tabindex]").forEach((element) => need(element.tabIndex <= 0, "an order of its own"))
      // What leads somewhere for the pointer does for the keyboard.
      const reached = new Set(all("a").filter((link) => link.tabIndex >= 0).map((link) => link.getAttribute("href")))
      all("a").forEach((link) => need(reached.has(link.getAttribute("href")), `no key leads to ${link.getAttribute("href")}`))
      found.contrast = Math.floor(found.contrast * 10) / 10
      return found
    }
    """#
}
