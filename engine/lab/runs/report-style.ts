/** The style sheet of `report.html`: the window's colours, light or dark as the reader's system has it; prints light. */
const light = `--bg:#e9edec;--panel:#f5f7f6;--cell:#fff;--line:#d3dad8;--ink:#0e1718;--ink-2:#3f4d50;--ink-3:#5a696c;
--accent:#3546c8;--in:#08735f;--in-bg:#d8efe8;--in-fill:#238c76;--out:#8a5200;--out-bg:#fbeacb;--out-fill:#c07608;
--dead:#515d60;--dead-bg:#e6eaea;--fault:#b81f33;--fault-bg:#fbe3e4;--grid:#e2e7e6`;
const dark = `--bg:#0a0e0f;--panel:#101517;--cell:#161d1f;--line:#263033;--ink:#eaf1f1;--ink-2:#b3c0c2;--ink-3:#8a999c;
--accent:#a3b0ff;--in:#4fd6b2;--in-bg:#11332c;--in-fill:#2fb392;--out:#f4b755;--out-bg:#3a2a0c;--out-fill:#d6942a;
--dead:#95a2a5;--dead-bg:#1b2224;--fault:#ff8488;--fault-bg:#43181f;--grid:#1c2426`;

export const reportStyle = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:13px/1.5 "IBM Plex Sans","IBM Plex Sans KR",system-ui,-apple-system,"Segoe UI","Noto Sans KR",sans-serif}
main{max-width:1088px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:20px;font-weight:600;margin:0 0 4px}
h2{font-size:15px;font-weight:600;margin:32px 0 8px}
p{margin:0 0 8px;color:var(--ink-2)}
.panel{background:var(--panel);border:1px solid var(--line);padding:12px;overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--panel);border:1px solid var(--line)}
th{font-weight:400;color:var(--ink-3);text-align:left;font-size:11px}
th,td{padding:4px 8px;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td.n{text-align:right;font-variant-numeric:tabular-nums}
td.t,.mono{font-family:"IBM Plex Mono",ui-monospace,Consolas,monospace;font-size:12px;white-space:nowrap}
td.w{overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:8px 24px;margin:12px 0}
.facts div{min-width:80px}
.facts b{display:block;font-size:20px;font-weight:600;font-variant-numeric:tabular-nums}
.facts span{color:var(--ink-3);font-size:11px}
.tag{display:inline-block;padding:0 8px;border-radius:10px;font-size:12px;white-space:nowrap}
.holds{color:var(--in);background:var(--in-bg)}
.broken{color:var(--fault);background:var(--fault-bg)}
.unknown{color:var(--dead);background:var(--dead-bg)}
details{margin:8px 0}
summary{cursor:pointer;padding:4px 0;color:var(--ink-2)}
summary:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
pre{margin:0;background:var(--panel);border:1px solid var(--line);padding:12px;overflow-x:auto;font:12px/1.5 "IBM Plex Mono",ui-monospace,Consolas,monospace}
svg{display:block;max-width:100%;height:auto}
.timeline{width:100%;font-size:11px}
.timeline .grid{stroke:var(--grid);fill:none}
.timeline .axis{fill:var(--ink-3)}
.timeline .produced{stroke:var(--ink);stroke-width:1.6;fill:none}
.timeline .consumed{stroke:var(--accent);stroke-width:1.6;fill:none}
.timeline .band.full{fill:var(--in-fill)}
.timeline .band.shrunk{fill:var(--out-fill)}
.timeline .band.below,.timeline .band.offline{fill:var(--fault)}
.timeline .flag path{stroke:var(--ink-3);stroke-dasharray:2 3;fill:none}
.timeline .flag .span{fill:var(--ink-3)}
.timeline .flag.fault path{stroke:var(--fault)}
.timeline .flag.fault .span{fill:var(--fault)}
.timeline .flag-words{fill:var(--ink-2)}
.timeline .flag.fault .flag-words{fill:var(--fault);font-weight:600}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;color:var(--ink-3);font-size:11px;margin-top:4px}
.legend i{display:inline-block;width:14px;height:3px;vertical-align:middle;margin-right:4px}
.for-dark{display:none}
@media (prefers-color-scheme:dark){.for-dark{display:block}.for-light{display:none}}
@media print{:root{${light}}.for-dark{display:none}.for-light{display:block}main{max-width:none}}
`;
