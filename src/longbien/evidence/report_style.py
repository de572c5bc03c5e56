"""The style sheet of the report page: calm, light and dark, phone to paper, either direction.

Logical properties only (no left, no right), so that a right-to-left language needs
nothing of its own.  No outside resource: system fonts, no images.
"""

# ruff: noqa: E501 - one rule of the style sheet, one line

STYLE = """\
:root{color-scheme:light dark;
--paper:#f6f5f1;--card:#fff;--ink:#1d2430;--soft:#59626f;--line:#dcd9d0;
--good:#1f6b45;--good-bg:#e7f2ea;--open:#835400;--open-bg:#faf0d9;--bad:#a3221b;--bad-bg:#fbe6e3}
@media (prefers-color-scheme:dark){:root{
--paper:#14171c;--card:#1c2128;--ink:#e8e6e1;--soft:#a3abb6;--line:#353c46;
--good:#7fd0a0;--good-bg:#16301f;--open:#e9bf6a;--open-bg:#34290f;--bad:#ff9d92;--bad-bg:#3d1a17}}
*{box-sizing:border-box}
html{background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%;
font:1rem/1.55 system-ui,"Segoe UI","Noto Sans","Noto Sans Arabic",Roboto,sans-serif}
body{margin:0 auto;max-inline-size:54rem;padding:1.5rem 1rem 3rem}
h1,h2,h3,p,dl,dd,ol,ul,table{margin:0;padding:0}
h2{font-size:1.2rem;line-height:1.3;margin-block:2.25rem .75rem;text-wrap:balance}
h3{font-size:1rem;font-weight:600;line-height:1.4}
a{color:inherit;text-decoration:none}
a:focus-visible{outline:3px solid currentColor;outline-offset:2px}
code{font:.86em/1.6 ui-monospace,"Cascadia Mono","Noto Sans Mono",Menlo,monospace;overflow-wrap:anywhere}
bdi{overflow-wrap:anywhere}
.kicker{color:var(--soft);font-size:.9rem}
.exercise{background:var(--open-bg);color:var(--open);border:2px dashed;border-radius:.6rem;
padding:.7rem 1rem;margin-block-end:1rem;font-weight:700;text-align:center}
.verdict{background:var(--card);border:1px solid var(--line);border-block-start:.5rem solid;
border-radius:.6rem;padding:1.5rem 1.5rem 1.25rem}
.verdict h1{font-size:clamp(1.7rem,7vw,2.6rem);line-height:1.2;letter-spacing:.02em;margin-block:.35rem .5rem}
.verdict h1 .mark{margin-inline-end:.35em}
.verdict .lead{font-size:1.15rem;line-height:1.5;color:var(--ink);max-inline-size:42rem}
.good,.good .tone{color:var(--good)}.open,.open .tone{color:var(--open)}.bad,.bad .tone{color:var(--bad)}
.verdict.good{border-block-start-color:var(--good)}.verdict.open{border-block-start-color:var(--open)}
.verdict.bad{border-block-start-color:var(--bad)}
.strip{display:flex;flex-wrap:wrap;gap:.35rem;list-style:none;margin-block-start:1.25rem}
.strip a{display:flex;gap:.3em;align-items:center;justify-content:center;min-inline-size:3.1rem;
padding:.4rem .5rem;border-radius:.4rem;font-size:.86rem;font-weight:600;font-variant-numeric:tabular-nums}
.strip .good,.badge.good{background:var(--good-bg)}.strip .open,.badge.open{background:var(--open-bg)}
.strip .bad,.badge.bad{background:var(--bad-bg)}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.25rem}
.why{list-style:none;display:grid;gap:.6rem}
.why li{background:var(--card);border:1px solid var(--line);border-inline-start:.35rem solid;
border-radius:.4rem;padding:.7rem 1rem}
.why li.bad{border-inline-start-color:var(--bad)}.why li.open{border-inline-start-color:var(--open)}
.why .where{display:block;font-size:.86rem;font-weight:600}
.why .said,.findings .said{color:var(--ink)}
.what{color:var(--soft)}
.reason{color:var(--soft);white-space:nowrap}
dl{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.45rem 1.25rem}
dt{color:var(--soft)}
dd+dd{grid-column:2}
.gap{margin-block-start:1rem;padding-block-start:1rem;border-block-start:1px solid var(--line)}
.wide{overflow-x:auto;margin-block-start:1rem}
table{border-collapse:collapse;inline-size:100%;font-size:.95rem}
caption{text-align:start;font-weight:600;padding-block-end:.4rem}
th,td{text-align:start;vertical-align:top;padding:.45rem .75rem .45rem 0;padding-inline:0 .9rem;
border-block-end:1px solid var(--line)}
th{color:var(--soft);font-weight:600}
td.number,th.number{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}
td:first-child bdi{overflow-wrap:normal}
tr:last-child td{border-block-end:0}
.plain{list-style:none;display:grid;gap:.5rem}
.steps{list-style:none;display:grid;gap:.6rem}
.step{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.85rem 1.25rem;scroll-margin:1rem}
.step header{display:flex;gap:.5rem 1rem;align-items:baseline;justify-content:space-between;color:var(--ink)}
.badge{font-size:.86rem;font-weight:600;padding:.1rem .6rem;border-radius:1rem;white-space:nowrap}
.findings{list-style:none;display:grid;gap:.3rem;margin-block-start:.5rem;font-size:.95rem}
.findings li{display:grid;grid-template-columns:1.4rem 1fr}
.findings .mark{font-weight:700}
.finger{font-size:1rem;word-spacing:.15em}
.note{color:var(--soft);font-size:.92rem;margin-block-start:.75rem;max-inline-size:46rem}
.hidden{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:36rem){body{padding:.75rem .75rem 2rem}.verdict{padding:1.1rem}
.card,.step{padding:.8rem .9rem}dl{grid-template-columns:1fr;gap:.1rem}dd{margin-block-end:.55rem}dd+dd{grid-column:auto}
.what{color:var(--soft)}
.reason{white-space:normal;overflow-wrap:anywhere}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#999;
--good:#0a4d2b;--good-bg:#fff;--open:#6b4300;--open-bg:#fff;--bad:#8b0f0a;--bad-bg:#fff}
html{font-size:10pt}body{max-inline-size:none;padding:0}
.step,.why li,.card,tr{break-inside:avoid}h2{break-after:avoid}.badge,.strip a{border:1px solid}}
"""
