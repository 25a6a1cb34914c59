"""The style sheet of a report's page: a phone, a screen, dark or light, and paper."""

from __future__ import annotations

STYLE = """
:root { --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --page: #fff; --shade: #f4f6f8; --bad: #b42318;
  --bar: #3b6fb6; --warn: #fff4e0; --edge: #b45309; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa4af; --line: #363d46; --page: #15181c;
  --shade: #1e2329; --bad: #ff8a7a; --bar: #6f9fdc; --warn: #332a17; --edge: #d9a04a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
header p, small, .change { color: var(--soft); }
header .headline { color: var(--ink); font-size: 1.05rem; margin: .25rem 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; list-style: none;
  margin: 1rem 0; padding: 0; }
.figures li { background: var(--shade); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.figures strong { display: block; font-size: 1.5rem; line-height: 1.3; }
.figures .change { display: block; font-size: .85rem; }
.bad strong, tr.bad th, tr.bad td:first-child { color: var(--bad); }
.notes { background: var(--warn); border-left: .3rem solid var(--edge); border-radius: .25rem; margin: 1rem 0;
  padding: .5rem 1rem; }
.notes ul { margin: 0; padding-left: 1.2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; text-align: left; vertical-align: top;
  overflow-wrap: break-word; }
tbody th { overflow-wrap: anywhere; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 600; overflow-wrap: normal; }
tbody th { font-weight: 500; width: 40%; }
td i { background: var(--bar); border-radius: .15rem; display: block; height: .45rem; margin-top: .3rem;
  min-width: 2px; }
.chart { display: block; height: auto; width: 100%; }
.chart rect { fill: var(--bar); }
.chart .rule { stroke: var(--line); }
.chart text { fill: var(--soft); font-size: 12px; }
@media (max-width: 40rem) {
  .figures { grid-template-columns: 1fr 1fr; }
  .chart text { font-size: 20px; }
  table thead { position: absolute; clip-path: inset(50%); }
  table, tbody, tr, th, td { display: block; width: auto; }
  tbody th { width: auto; }
  tbody tr { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; padding: .5rem .8rem; }
  tbody th, td { border: 0; padding: .15rem 0; }
  td::before { color: var(--soft); content: attr(data-head); display: block; font-size: .8rem; }
}
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; --page: #fff; --shade: #fff; --bad: #000; --bar: #666;
    --warn: #fff; --edge: #000; }
  body { font-size: 10pt; max-width: none; padding: 0; }
  tr, .figures li, .chart { break-inside: avoid; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
  td i, .chart rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
