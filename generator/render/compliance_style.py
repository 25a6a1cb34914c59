"""The style sheet of the compliance report: a phone, a screen, dark or light, and paper."""

from __future__ import annotations

STYLE = """
:root { --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --page: #fff; --shade: #f4f6f8; --bad: #b42318;
  --bar: #c9543f; --warn: #fff4e0; --edge: #b45309; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa4af; --line: #363d46; --page: #15181c;
  --shade: #1e2329; --bad: #ff8a7a; --bar: #d96a55; --warn: #332a17; --edge: #d9a04a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
header p, small, em, .chart text { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; list-style: none;
  margin: 1rem 0; padding: 0; }
.tiles li { background: var(--shade); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.tiles strong { display: block; font-size: 1.5rem; line-height: 1.3; }
.notes { background: var(--warn); border-left: .3rem solid var(--edge); border-radius: .25rem; margin: 1rem 0;
  padding: .5rem 1rem; }
.notes ul { margin: 0; padding-left: 1.2rem; }
.pair { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 600; overflow-wrap: normal; }
tbody th { font-weight: 500; }
.numbers td, .numbers thead th + th { text-align: right; }
.numbers td, .numbers tbody th { overflow-wrap: normal; white-space: nowrap; }
.bars th { width: 45%; }
.bars i { background: var(--bar); border-radius: .15rem; display: inline-block; height: .7rem; margin-right: .4rem; }
.bars b { font-weight: 500; }
.late td, .late th { color: var(--bad); }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9em; }
.chart { display: block; height: auto; width: 100%; }
.chart .area { fill: var(--bar); opacity: .15; }
.chart .line { fill: none; stroke: var(--bar); stroke-linejoin: round; stroke-width: 2; }
.chart .dot { fill: var(--bar); }
.chart .rule { stroke: var(--line); }
.chart text { fill: var(--soft); font-size: 12px; }
.chart .now { fill: var(--ink); font-weight: 600; }
@media (max-width: 40rem) {
  .tiles { grid-template-columns: 1fr 1fr; }
  .chart text { font-size: 18px; }
  .numbers { font-size: .85rem; }
  .cards thead { position: absolute; clip-path: inset(50%); }
  .cards, .cards tbody, .cards tr, .cards td { display: block; }
  .cards tr { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; padding: .5rem .8rem; }
  .cards td { border: 0; padding: .15rem 0; }
  .cards td::before { color: var(--soft); content: attr(data-head); display: block; font-size: .8rem; }
}
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; --page: #fff; --shade: #fff; --bad: #000; --bar: #666;
    --warn: #fff; --edge: #000; }
  body { font-size: 10pt; max-width: none; padding: 0; }
  .wide { overflow: visible; }
  tr, .tiles li, .chart { break-inside: avoid; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
  .bars i, .chart .area { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
