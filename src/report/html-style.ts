/**
 * The style sheet of the HTML report: light and dark by the reader's preference, one column that fits a phone,
 * and a print form. No font, image or script from anywhere: the report must open on a machine without network.
 */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f7f8; --card: #ffffff; --ink: #1b2026; --soft: #55606d; --rule: #dde1e6; --code: #eef1f4;
  --found: #b3261e; --found-bed: #fdf1ef; --possible: #855400; --possible-bed: #fdf6e5;
  --clear: #1a6e3a; --clear-bed: #eef8f1; --well: #3f7fb5; --track: #e4e8ec;
  --line-0: #77818d; --line-1: #1f6feb; --line-2: #c0640f; --line-3: #8250df; --line-4: #16795a;
  --line-5: #a63572;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --card: #191f26; --ink: #e7ebf0; --soft: #a3afbd; --rule: #2c353f; --code: #222a33;
    --found: #ff9a8d; --found-bed: #2c1a1a; --possible: #efbe5b; --possible-bed: #2a2315;
    --clear: #74d195; --clear-bed: #15271c; --well: #6aa7dc; --track: #2a323b;
    --line-0: #8d97a3; --line-1: #6cabff; --line-2: #f0a35a; --line-3: #bf9bff; --line-4: #5ccfa6;
    --line-5: #f08cc0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 66rem; padding: 1.25rem 1rem 3rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
code, pre, .mono {
  font-family: ui-monospace, "Cascadia Mono", "SF Mono", Consolas, "DejaVu Sans Mono", monospace;
  font-size: .92em;
}
header { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: baseline; color: var(--soft);
  font-size: .92rem; margin-bottom: 1rem; }
header strong { color: var(--ink); letter-spacing: .01em; }
.answer, .card { background: var(--card); border: 1px solid var(--rule); border-radius: .75rem; }
.answer { padding: 1.4rem 1.5rem 1.5rem; border-left: .4rem solid var(--grave); background: var(--bed); }
.found { --grave: var(--found); --bed: var(--found-bed); }
.possible { --grave: var(--possible); --bed: var(--possible-bed); }
.clear { --grave: var(--clear); --bed: var(--clear-bed); }
.open { --grave: var(--soft); --bed: var(--card); }
.standing { margin: 0 0 .35rem; color: var(--grave); font-weight: 650; }
h1 { font-size: clamp(1.25rem, 1rem + 1.1vw, 1.65rem); line-height: 1.35; font-weight: 620; margin: 0;
  text-wrap: pretty; }
h2 { font-size: 1.06rem; margin: 2.1rem 0 .7rem; font-weight: 650; }
h3 { font-size: .95rem; margin: 0 0 .5rem; font-weight: 650; }
.facts { display: flex; flex-wrap: wrap; gap: .8rem 2.4rem; margin: 1.1rem 0 0; }
.facts dt, .label { color: var(--soft); font-size: .85rem; }
.facts dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.card { padding: 1rem 1.2rem; }
.two { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
ol, ul { margin: 0; padding: 0; list-style: none; }
.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); }
.charts figure { margin: 0; }
.exhibits li { display: grid; grid-template-columns: 3.4rem 1fr; gap: .2rem .6rem; padding: .5rem 0; }
.exhibits li:first-child { padding-top: 0; } .exhibits li:last-child { padding-bottom: 0; }
.exhibits > p { margin: .6rem 0 0; }
.exhibits li + li, .rows > * + * { border-top: 1px solid var(--rule); }
.weight { font-weight: 650; font-variant-numeric: tabular-nums; text-align: right;
  white-space: nowrap; }
.from { color: var(--soft); font-size: .87rem; }
.remedies > li { counter-increment: remedy; }
.remedies > li + li { margin-top: .8rem; }
.remedies h3::before { content: counter(remedy) ". "; color: var(--soft); }
.remedies h3 { font-size: 1rem; }
pre { background: var(--code); border-radius: .5rem; margin: .5rem 0; padding: .65rem .85rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.terms { display: grid; grid-template-columns: max-content 1fr; gap: .3rem .9rem; margin: 0; }
.terms dt { color: var(--soft); } .terms dd { margin: 0; }
.rows > * { padding: .55rem 0; }
.rows > *:first-child { padding-top: 0; } .rows > *:last-child { padding-bottom: 0; }
.room { display: grid; gap: .1rem 1.2rem; align-items: center; font-variant-numeric: tabular-nums;
  grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr) 4.4rem 10rem; }
.room.unknown { grid-template-columns: minmax(0, 1fr) auto; }
.room .use, .room .share { text-align: right; }
.room .scope { display: block; font-size: .94rem; }
.room .name, .aside dt { font-weight: 600; }
.bar { display: block; width: 100%; height: .6rem; border-radius: .2rem; }
.track { fill: var(--track); } .fill { fill: var(--well); }
.bar.near .fill { fill: var(--possible); } .bar.full .fill { fill: var(--found); }
.tag { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .45rem; font-size: .8rem;
  margin-left: .4rem; white-space: nowrap; }
.tag.full { color: var(--found); } .tag.near { color: var(--possible); }
.pool .bar { margin: .35rem 0 .4rem; height: .75rem; }
.pool p { margin: 0; }
.keys { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; font-size: .92rem; }
.keys i { display: inline-block; width: .7rem; height: .7rem; border-radius: .15rem; margin-right: .4rem; }
.chart { display: block; width: 100%; height: auto; }
.chart text { fill: var(--soft); font-size: 11.5px; font-family: inherit; }
.chart .key { fill: var(--ink); } .chart .end { text-anchor: end; }
.chart .grid { stroke: var(--rule); stroke-width: 1; }
.aside { display: grid; grid-template-columns: minmax(10.5rem, max-content) 1fr; gap: .35rem 1.2rem; margin: 0; }
.aside dd { margin: 0; }
.dots > li { padding-left: 1.1rem; position: relative; }
.dots > li + li { margin-top: .5rem; }
.dots > li::before { content: "•"; position: absolute; left: .1rem; color: var(--soft); }
details { margin-top: .8rem; }
summary { cursor: pointer; font-weight: 600; padding: .2rem 0; }
summary:focus-visible { outline: 2px solid var(--well); outline-offset: 3px; border-radius: .2rem; }
details > .rows, details > .body { margin-top: .6rem; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .87rem; }
@media (max-width: 44rem) {
  .answer { padding: 1.1rem 1.1rem 1.2rem; }
  .card { padding: .85rem .95rem; }
  .room { grid-template-columns: 1fr auto; }
  .room .what, .room .bar { grid-column: 1 / -1; }
  .room.unknown .what { grid-column: auto; }
  .room .bar { margin: .2rem 0; }
  .aside, .terms { grid-template-columns: 1fr; gap: 0; }
  .exhibits li { grid-template-columns: 3.2rem 1fr; }
  .aside dd, .terms dd { margin-bottom: .6rem; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --bed: #fff; --ink: #000; --soft: #444;
    --rule: #bbb; --code: #f3f3f3; --track: #ddd; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  .answer { background: #fff; }
  .card, .answer, li, .room, .pool, figure { break-inside: avoid; }
  h2 { break-after: avoid; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  svg, i { print-color-adjust: exact; }
}
.lanes { width: 100%; min-width: 38rem; height: auto; } .wide { overflow-x: auto; } figure.card { margin: 0; } figcaption { margin-top: .5rem; }
.lanes .bars rect { fill: var(--line-1); opacity: .55; } .lanes .bars.trouble rect { fill: var(--found); opacity: 1; }
.lanes .level { fill: none; stroke: var(--line-4); stroke-width: 2.5; }
.lanes .dot { fill: var(--line-4); } .lanes .mark { stroke: var(--possible); stroke-width: 2.5; }
.lane-kind { font-weight: 650; }
`
