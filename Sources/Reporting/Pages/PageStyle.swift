/// The styles of pages. A page alone holds them itself, pages of a household share one sheet; nothing else is loaded.
enum PageStyle {
  static let text = colours + base + drawings + narrow + paper

  /// By plug, `c0` to `c15`. Eight hues that all kinds of colour vision tell apart, then a paler one of each.
  private static let light = [
    "#0b6bb0", "#e69f00", "#00825f", "#c4669b", "#56b4e9", "#c8500a", "#8f8a14", "#6a4ca3",
    "#85b5d8", "#f4d080", "#80c1af", "#e3b3cf", "#abdaf4", "#e6a885", "#c9c68a", "#b6a7d2",
  ]
  private static let dark = [
    "#4da3e0", "#f0b429", "#2fb98f", "#e08fbd", "#8fd0f5", "#ee7b3a", "#c2bc3d", "#a48bd8",
    "#2f6690", "#96701a", "#1d745a", "#8d5a77", "#5a8299", "#954d25", "#7a7626", "#675788",
  ]
  /// Of a cell of hours by days, least first.
  private static let heatLight = ["#eef3f8", "#d3e3f0", "#abcbe5", "#7cafd6", "#4b90c2", "#2270a8", "#0b4f80"]
  private static let heatDark = ["#1c2630", "#22394d", "#28506f", "#2f6995", "#3d86ba", "#66a8d6", "#a3d0ee"]

  private static func variables(_ plugs: [String], _ heat: [String]) -> String {
    let plugs = plugs.enumerated().map { "--c\($0): \($1);" }
    let heat = heat.enumerated().map { "--h\($0): \($1);" }
    return (plugs + heat).joined(separator: " ")
  }

  private static let colours =
    """
    :root { color-scheme: light dark; --ink: #1b222b; --soft: #57616d; --line: #dde2e8; --ground: #ffffff;
    --card: #f4f6f8; --accent: #0b5fa0; --warn: #8a4b00; --warn-ground: #fff3dd; --rest: #e3e7eb; --rest-line: #78828d;
    --other: #9aa3ad; --sun: #e69f00; --grid-use: #0b6bb0; --fed: #00825f;
    \(variables(light, heatLight)) }
    @media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --soft: #a3adb8; --line: #303842; --ground: #13171c;
    --card: #1c2229; --accent: #6db6f2; --warn: #f0b357; --warn-ground: #33280f; --rest: #2a313a; --rest-line: #8a949f;
    --other: #6f7a86; --sun: #f0b429; --grid-use: #4da3e0; --fed: #2fb98f;
    \(variables(dark, heatDark)) } }

    """
    + (0..<PagePalette.count).map { ".c\($0) { fill: var(--c\($0)); background: var(--c\($0)); }\n" }.joined()
    + heatLight.indices.map { ".h\($0) { fill: var(--h\($0)); background: var(--h\($0)); }\n" }.joined()
      + """
      .co { fill: var(--other); background: var(--other); } .money { fill: var(--accent); background: var(--accent); }
      .cr { fill: var(--rest); stroke: var(--rest-line); stroke-dasharray: 3 2; vector-effect: non-scaling-stroke;
      background: var(--rest); outline: 1px dashed var(--rest-line); outline-offset: -1px; }
      .sun { background: var(--sun); } .grid { background: var(--grid-use); } .fed { background: var(--fed); }

      """

  private static let base = """
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--ink);
      font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
    main, nav { max-width: 1080px; margin: 0 auto; padding: 28px 24px 48px; }
    nav { display: flex; flex-wrap: wrap; gap: 4px 18px; padding-bottom: 0; }
    nav a { padding: 6px 0; }
    h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
    h2 { font-size: 1.1rem; margin: 36px 0 8px; }
    p { margin: 6px 0; }
    header p, footer { color: var(--soft); }
    a { color: var(--accent); text-decoration: none; }
    a:hover, tbody a, dd a, li a { text-decoration: underline; text-underline-offset: 2px; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 12px; margin: 22px 0 0; }
    .cards div { background: var(--card); border-radius: 10px; padding: 14px 16px; }
    .cards span, .cards em { display: block; color: var(--soft); font-size: .875rem; font-style: normal; }
    .cards strong { display: block; font-size: 1.7rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
    .cards small { font-size: 1rem; font-weight: 500; color: var(--soft); }
    .cards .warn { background: var(--warn-ground); }
    .cards .warn strong { color: var(--warn); font-size: 1.25rem; }
    .scroll { overflow-x: auto; }
    table { border-collapse: separate; border-spacing: 0; width: 100%; font-variant-numeric: tabular-nums; font-size: .95rem; }
    .bill table { width: auto; min-width: 340px; }
    th, td { padding: 7px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
    th:first-child, td.l, th.l { text-align: left; }
    th:first-child { padding-left: 0; max-width: 18em; overflow: hidden; text-overflow: ellipsis;
      position: sticky; left: 0; background: var(--ground); }
    thead th { color: var(--soft); font-size: .85rem; font-weight: 500; vertical-align: bottom; }
    tbody th { font-weight: 500; }
    tbody td:nth-child(2) { font-weight: 600; }
    .total th, .total td { border-bottom: 0; }
    .total tr:first-child > * { border-top: 2px solid var(--line); }
    .sum > * { font-weight: 700; }
    .charge > *, .charge td:nth-child(2) { font-weight: 400; padding-top: 2px; padding-bottom: 2px; }
    .sub > *, .sub td:nth-child(2) { color: var(--soft); font-size: .88rem; font-weight: 400; padding-top: 1px; }
    .sub th { padding-left: 20px; }
    .dot { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; }
    td.bar, th.bar { width: 18%; min-width: 80px; }
    td.bar i { display: block; height: 11px; min-width: 1px; border-radius: 0 3px 3px 0; background: var(--accent); }
    td.low { color: var(--warn); font-weight: 600; }
    .notes dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 14px; margin: 0; }
    .notes dt { font-weight: 600; color: var(--soft); }
    .notes dd { margin: 0; overflow-wrap: anywhere; }
    .notes dt:target, .notes dt:target + dd { background: var(--warn-ground); }
    .notes time { color: var(--soft); }
    .notes ul { margin: 4px 0; padding-left: 20px; }
    .attention ul { margin: 0; padding-left: 20px; }
    .pages h3 { font-size: .95rem; margin: 14px 0 0; color: var(--soft); font-weight: 500; }
    .pages h4 { font-size: .9rem; margin: 10px 0 0; color: var(--soft); font-weight: 500; }
    .pages p { display: flex; flex-wrap: wrap; gap: 0 16px; margin: 0; }
    .pages p a { padding: 4px 0; white-space: nowrap; max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
    summary { cursor: pointer; color: var(--accent); }
    footer { margin-top: 40px; font-size: .85rem; }

    """

  private static let drawings = """
    figure { margin: 8px 0 0; display: flow-root; }
    svg { display: block; width: 100%; }
    .chart .plot, .heat .plot { position: relative; margin: 0 4px 24px 46px; }
    .chart svg { height: 250px; border-bottom: 1px solid var(--soft); }
    .heat svg { height: calc(var(--rows) * 13px); }
    .chart rect { stroke: var(--ground); stroke-width: 1px; vector-effect: non-scaling-stroke; }
    .chart rect.cr { stroke: var(--rest-line); }
    .chart rect.hit { fill: transparent; stroke: none; }
    .chart g:hover .hit { fill: var(--card); }
    .chart path.grid { stroke: var(--line); stroke-width: 1px; vector-effect: non-scaling-stroke; background: none; }
    .unit { font-size: .8rem; color: var(--soft); margin-bottom: 8px; }
    .ys span, .xs span, .ds span { position: absolute; font-size: .8rem; line-height: 1; color: var(--soft);
      white-space: nowrap; font-variant-numeric: tabular-nums; }
    .ys span { right: 100%; margin-right: 8px; transform: translateY(50%); }
    .ds span { right: 100%; margin-right: 8px; transform: translateY(-50%); }
    .xs span { top: 100%; margin-top: 7px; transform: translateX(-50%); }
    figcaption { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-left: 46px; font-size: .88rem; }
    figcaption i, .flow figcaption i { display: inline-block; width: 11px; height: 11px; border-radius: 2px;
      margin-right: 6px; }
    .heat figcaption { gap: 8px; color: var(--soft); align-items: center; }
    .heat .scale { display: inline-flex; } .heat .scale i { margin: 0; border-radius: 0; width: 18px; }
    .flow > div { display: grid; grid-template-columns: 46px 1fr; align-items: center; margin: 6px 0; font-size: .88rem; }
    .flow > div > span { color: var(--soft); }
    .flow b { display: flex; height: 22px; } .flow b i { display: block; height: 100%; }

    """

  private static let narrow = """
    @media (max-width: 899px) { .k3 { display: none; } }
    @media (max-width: 699px) {
      main, nav { padding: 18px 14px 36px; } nav { padding-bottom: 0; }
      h1 { font-size: 1.4rem; }
      .k2 { display: none; }
      .cards { grid-template-columns: 1fr 1fr; gap: 8px; }
      .cards div { padding: 10px 12px; }
      .cards strong { font-size: 1.3rem; }
      .chart svg { height: 190px; }
      .chart .plot, .heat .plot { margin-left: 38px; }
      figcaption { margin-left: 0; }
      th, td { padding: 8px 7px; }
      th:first-child { max-width: 11.5em; padding-right: 4px; white-space: normal; min-width: 8.5em;
        overflow-wrap: break-word; }
      td.bar, th.bar { display: none; }
      .bill table { min-width: 0; width: 100%; }
    }

    """

  private static let paper = """
    @page { size: A4; margin: 13mm; }
    @page sideways { size: A4 landscape; margin: 11mm; }
    @media print {
      :root { --ink: #000; --soft: #3a3a3a; --line: #b5b5b5; --ground: #fff; --card: #f1f1f1; --warn: #000;
        --warn-ground: #e8e8e8; --accent: #000; --rest: #f4f4f4; --rest-line: #555; }
      body { font-size: 9.5pt; }
      main { max-width: none; padding: 0; }
      nav, .hit { display: none; }
      .scroll { overflow: visible; }
      section:has(> .wide) { page: sideways; }
      table { font-size: 8.5pt; }
      .wide table { font-size: 7.5pt; }
      th, td { padding: 2.5pt 4pt; white-space: normal; overflow-wrap: break-word; }
      td { white-space: nowrap; }
      .wide tr > * { padding: 1.5pt 4pt; }
      th:first-child { position: static; max-width: none; }
      thead { display: table-header-group; }
      tr, figure, .cards div, dd { break-inside: avoid; }
      h2 { break-after: avoid; margin-top: 16pt; }
      .total { break-inside: avoid; }
      i, rect, .cards div { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      .k2, .k3 { display: inline; }
      .chart svg { height: 55mm; }
      .heat svg { height: calc(var(--rows) * 3mm); }
      .cards { grid-template-columns: repeat(4, 1fr); gap: 6pt; margin-top: 10pt; }
      .cards strong { font-size: 14pt; }
      a, tbody a { color: inherit; text-decoration: none; }
      details > ul { display: block; }
    }

    """
}
