/// The styles of a report's page, part of it: the page loads nothing.
enum PageStyle {
  static let text = """
    :root { color-scheme: light dark; --ink: #1d2530; --soft: #66707d; --line: #dfe3e8; --ground: #ffffff;
      --card: #f5f7f9; --accent: #1f6fb5; --warn: #9a5b00; --warn-ground: #fff4e0;
      --c0: #1f6fb5; --c1: #e08a2e; --c2: #3b9b6d; --c3: #8d63b8; --c4: #cf5368; --c5: #4aa8b8; --c6: #a2a9b2; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6eaef; --soft: #97a1ad; --line: #303842; --ground: #14181d;
      --card: #1d232a; --accent: #5aa7e8; --warn: #f0b357; --warn-ground: #33280f;
      --c0: #5aa7e8; --c1: #eba457; --c2: #62be91; --c3: #b08cdc; --c4: #e67f90; --c5: #70c6d4; --c6: #7d8792; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--ink);
      font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
    main { max-width: 1040px; margin: 0 auto; padding: 32px 24px 48px; }
    h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
    h2 { font-size: 1.05rem; margin: 32px 0 8px; }
    header p { margin: 0; color: var(--soft); }
    .cards { display: flex; flex-wrap: wrap; gap: 12px; margin: 24px 0; }
    .cards div { flex: 1 1 190px; background: var(--card); border-radius: 10px; padding: 14px 16px; }
    .cards span { display: block; color: var(--soft); font-size: .85rem; }
    .cards strong { display: block; font-size: 1.7rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
    .cards small { font-size: 1rem; font-weight: 500; color: var(--soft); }
    .cards em { display: block; font-style: normal; font-size: .85rem; color: var(--soft); }
    .cards .warn { background: var(--warn-ground); }
    .cards .warn strong { color: var(--warn); }
    .scroll { overflow-x: auto; margin: 20px 0; }
    .bill table { width: auto; min-width: 340px; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { padding: 7px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
    th:first-child, .l { text-align: left; }
    th:first-child { padding-left: 0; max-width: 22em; overflow: hidden; text-overflow: ellipsis; }
    thead th { color: var(--soft); font-size: .82rem; font-weight: 500; }
    tbody th { font-weight: 500; }
    tfoot th, tfoot td { border-bottom: 0; font-weight: 600; }
    tfoot tr:first-child > * { border-top: 2px solid var(--line); }
    .charge > * { font-weight: 400; padding-top: 2px; padding-bottom: 2px; }
    .sum > * { font-weight: 700; }
    .sub > * { color: var(--soft); font-size: .88rem; padding-top: 2px; padding-bottom: 4px; }
    .sub th { padding-left: 14px; font-weight: 400; }
    td.bar, th.bar { width: 22%; min-width: 90px; padding-left: 0; }
    td.bar i { display: block; height: 12px; min-width: 1px; border-radius: 0 3px 3px 0; background: var(--accent); }
    td.low { color: var(--warn); font-weight: 600; }
    a { color: var(--accent); text-decoration: none; }
    a:hover { text-decoration: underline; }
    figure { margin: 24px 0 8px; }
    svg { display: block; width: 100%; height: auto; }
    svg text { fill: var(--soft); font-size: 12px; }
    svg .y { text-anchor: end; }
    svg .x { text-anchor: middle; }
    svg .grid { stroke: var(--line); stroke-width: 1; }
    .c0 { fill: var(--c0); background: var(--c0); } .c1 { fill: var(--c1); background: var(--c1); }
    .c2 { fill: var(--c2); background: var(--c2); } .c3 { fill: var(--c3); background: var(--c3); }
    .c4 { fill: var(--c4); background: var(--c4); } .c5 { fill: var(--c5); background: var(--c5); }
    .c6 { fill: var(--c6); background: var(--c6); }
    figcaption { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 6px 0 0 52px; font-size: .88rem; }
    figcaption i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin-right: 6px; }
    .notes dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 14px; margin: 0; }
    .notes dt { font-weight: 600; color: var(--accent); }
    .notes dd { margin: 0; }
    .notes dt:target, .notes dt:target + dd { background: var(--warn-ground); }
    .notes time { color: var(--soft); }
    footer { margin-top: 36px; color: var(--soft); font-size: .82rem; }
    @media print {
      :root { --ink: #000; --soft: #444; --line: #bbb; --ground: #fff; --card: #f2f2f2; --warn-ground: #f2f2f2; }
      @page { margin: 14mm; }
      body { font-size: 10pt; }
      main { max-width: none; padding: 0; }
      .scroll { overflow: visible; }
      tr, figure, .cards div { break-inside: avoid; }
      thead { display: table-header-group; }
      i, rect, .cards div { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      a { color: inherit; }
    }

    """
}
