/** One sheet for every editor of a page, constructed: it needs no inline style, whatever the page's policy is. */
export const styles = `
:host {
  --back: #f3f3f0; --card: #ffffff; --ink: #191d24; --quiet: #565e6b; --line: #dfe1e6; --stage: #ebebe7; --dot: #d3d3cd;
  --soft: #f0f1f4; --accent: #2457e6; --accent-ink: #ffffff; --handle: #d81f35; --target: #2457e6; --anchor: #11795a;
  --bad: #b3202c; --shadow: 0 1px 2px rgb(20 24 34 / .08), 0 6px 22px rgb(20 24 34 / .10);
  display: block; container-type: size; height: 40rem; min-height: 22rem; color: var(--ink); background: var(--back);
  color-scheme: light; font: 14px/1.45 Inter, system-ui, sans-serif;
}
:host([hidden]) { display: none; }
@media (prefers-color-scheme: dark) {
  :host {
    --back: #121418; --card: #1d2026; --ink: #eceef2; --quiet: #a9b0bd; --line: #333944; --stage: #121418; --dot: #23272e;
    --soft: #292d35; --accent: #86abff; --accent-ink: #0a1228; --handle: #ff6b78; --target: #7ba6ff; --anchor: #4fd0a3;
    --bad: #ff8e96; --shadow: 0 1px 2px rgb(0 0 0 / .5), 0 8px 26px rgb(0 0 0 / .38); color-scheme: dark;
  }
}
* { box-sizing: border-box; }
.editor {
  display: grid; height: 100%; grid-template: minmax(0, 1fr) / auto minmax(0, 1fr) 20.5rem;
  background: radial-gradient(circle, var(--dot) 1px, transparent 1.2px) 0 0 / 22px 22px var(--stage);
}
.tools { display: flex; flex-direction: column; justify-content: center; gap: 12px; padding: 12px 14px; margin-inline-end: -14px; overflow: auto; scrollbar-width: none; pointer-events: none; z-index: 1; }
.group { pointer-events: auto; }
.group { display: flex; flex-direction: column; flex: none; gap: 2px; padding: 5px; border-radius: 14px; background: var(--card); box-shadow: var(--shadow); }

.percent { align-self: center; width: 40px; padding: 3px 0; text-align: center; color: var(--quiet); font-size: 12px; font-variant-numeric: tabular-nums; }

.stage { position: relative; direction: ltr; min-width: 0; min-height: 0; overflow: hidden; cursor: crosshair; user-select: none; -webkit-user-select: none; outline: none; touch-action: none; }
.stage.scrolls { touch-action: pan-x pan-y; }
.stage[data-phase=loading] { cursor: progress; }
.stage[data-tool=mask], .stage[data-tool=erase] { cursor: none; }
.stage:focus-visible:not(.pointed)::after { content: ''; position: absolute; inset: 3px; border: 3px solid var(--accent); border-radius: 10px; pointer-events: none; }
.sheet, canvas.mask { position: absolute; left: 0; top: 0; border-radius: 12px; pointer-events: none; }
.sheet { box-shadow: 0 2px 5px rgb(0 0 0 / .14), 0 10px 34px rgb(0 0 0 / .2); }
canvas.picture, svg.lines, .points { position: absolute; inset: 0; width: 100%; height: 100%; }
svg.lines, .points { pointer-events: none; }
svg.lines { overflow: hidden; }
.point { position: absolute; left: 0; top: 0; width: 34px; height: 34px; min-height: 0; margin: -17px 0 0 -17px; padding: 0; border: 0; border-radius: 50%; background: none; pointer-events: auto; touch-action: none; cursor: grab; }
.point::before { content: ''; position: absolute; inset: 9px; border-radius: 50%; background: var(--handle); border: 2.5px solid #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / .5), 0 2px 6px rgb(0 0 0 / .4); transition: inset .12s; }
.point:hover::before { inset: 7px; }
.point:active { cursor: grabbing; }
.point[data-kind=target]::before { background: var(--target); }
.point[data-kind=anchor]::before { background: var(--anchor); border-radius: 4px; transform: rotate(45deg); }
.point.selected::after { content: ''; position: absolute; inset: 2px; border-radius: 50%; border: 2px solid #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / .6); }
.cursor { position: absolute; left: 0; top: 0; width: 24px; height: 24px; margin: -12px 0 0 -12px; border: 2px solid #fff; border-radius: 50%; box-shadow: 0 0 0 2px rgb(0 0 0 / .6), inset 0 0 0 2px rgb(0 0 0 / .35); pointer-events: none; }
.busy { position: absolute; right: 16px; top: 16px; width: 24px; height: 24px; border-radius: 50%; border: 3px solid rgb(128 128 128 / .35); border-top-color: var(--accent); visibility: hidden; animation: turn .8s linear infinite; }
.stage[aria-busy=true] .busy { visibility: visible; }
@keyframes turn { to { transform: rotate(1turn); } }
.stage .split { position: absolute; left: 0; top: 0; height: 20px; margin: 0; }
.label { position: absolute; left: 0; top: 0; padding: 3px 11px; border-radius: 99px; background: rgb(0 0 0 / .7); color: #fff; font-size: 13px; pointer-events: none; }
.load { position: absolute; left: 50%; top: 50%; width: min(20rem, 84%); transform: translate(-50%, -50%); padding: 1.1rem 1.2rem; border-radius: 16px; background: var(--card); box-shadow: var(--shadow); display: flex; flex-direction: column; gap: .6rem; align-items: center; text-align: center; }
.load.small { top: auto; bottom: 16px; left: 16px; transform: none; width: auto; padding: .45rem .8rem; border-radius: 99px; font-size: 13px; flex-direction: row; }
.load span { width: 100%; font-variant-numeric: tabular-nums; }
.load.small span { width: auto; white-space: nowrap; }
.load.small progress { order: -1; }
progress { accent-color: var(--accent); height: 8px; } .load progress { width: 100%; } .load.small progress { width: 6rem; }

.panel { display: flex; flex-direction: column; min-height: 0; margin: 12px; overflow: hidden; background: var(--card); border-radius: 16px; box-shadow: var(--shadow); }
.scroll { flex: 1; min-height: 0; overflow: auto; padding: 14px 10px; display: flex; flex-direction: column; gap: 12px; scrollbar-gutter: stable both-edges; scrollbar-width: thin; }
.row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; } .stack { display: flex; flex-direction: column; gap: 8px; }
.row > .grow { flex: 1; } .row.even > * { flex: 1 1 auto; }
.swap { display: grid; } .swap > * { grid-area: 1 / 1; } .swap > .away { visibility: hidden; }
button, select, input[type=number], label.file { font: inherit; color: inherit; border: 1px solid transparent; border-radius: 10px; background: var(--soft); padding: 6px 12px; min-height: 36px; }
input[type=number] { background: transparent; border-color: var(--line); width: 5.7rem; padding-inline: 8px; font-variant-numeric: tabular-nums; }
button, label.file { cursor: pointer; display: inline-flex; gap: 7px; align-items: center; justify-content: center; font-weight: 500; white-space: nowrap; }
:is(button, label.file):hover { border-color: var(--accent); }
button[aria-disabled=true] { color: var(--quiet); opacity: .66; cursor: default; border-color: transparent; }
button.primary { background: var(--accent); color: var(--accent-ink); font-weight: 600; }
button.primary[aria-disabled=true] { background: var(--soft); color: var(--quiet); }
button.icon-only { width: 40px; min-height: 40px; padding: 0; background: transparent; }
button.icon-only:hover:not([aria-disabled=true]) { background: var(--soft); border-color: transparent; }
button[aria-pressed=true], button.icon-only[aria-pressed=true]:hover { background: var(--accent); color: var(--accent-ink); }
:is(button, select, input, summary, label.file):focus-visible, label.file:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; }
.icon { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; flex: none; }
input[type=range] { accent-color: var(--accent); width: 100%; min-width: 0; }
label { color: var(--quiet); } label.line { display: flex; gap: 10px; align-items: center; justify-content: space-between; white-space: nowrap; }
label.line select { color: var(--ink); }
label.check { display: flex; gap: 10px; align-items: center; justify-content: space-between; cursor: pointer; min-height: 28px; }
label.seed { display: flex; gap: 7px; align-items: center; min-width: 0; } label.seed input { min-width: 3.5rem; }
.row.one { flex-wrap: nowrap; }
input[role=switch] { appearance: none; order: 1; flex: none; width: 36px; height: 21px; margin: 0; border-radius: 99px; background: var(--quiet); position: relative; cursor: pointer; transition: background .15s; }
input[role=switch]::before { content: ''; position: absolute; width: 15px; height: 15px; left: 3px; top: 3px; border-radius: 50%; background: var(--card); transition: transform .15s; }
input[role=switch]:checked { background: var(--accent); } input[role=switch]:checked::before { transform: translateX(15px); }
label.file { color: inherit; position: relative; } label.file input { position: absolute; inset: 0; opacity: 0; cursor: pointer; width: 100%; }
.strip { display: grid; grid-template-columns: repeat(4, 1fr); gap: 7px; }
.strip button { padding: 0; min-height: 0; aspect-ratio: 1; overflow: hidden; border-radius: 10px; border: 0; }
.strip button:hover { box-shadow: 0 0 0 2px var(--accent); }
.strip canvas, .lane canvas { width: 100%; height: 100%; display: block; }
.race { display: grid; grid-template-columns: 1fr 1fr; gap: 12px 10px; } .lane { display: flex; flex-direction: column; gap: 4px; font-size: 13px; }
.lane progress { width: 100%; } .lane button { padding: 0; width: 100%; overflow: hidden; } .lane .left { color: var(--quiet); font-variant-numeric: tabular-nums; min-height: 1.4em; }
details { border-top: 1px solid var(--line); padding-top: 11px; }
summary { cursor: pointer; font-weight: 600; border-radius: 6px; list-style: none; display: flex; align-items: center; justify-content: space-between; }
summary::-webkit-details-marker { display: none; }
summary::after { content: ''; width: 7px; height: 7px; margin-right: 5px; border: solid var(--quiet); border-width: 0 2px 2px 0; transform: rotate(-45deg); transition: transform .15s; }
details[open] > summary::after { transform: rotate(45deg); }
details > div { padding-top: 10px; display: flex; flex-direction: column; gap: 10px; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 12px; margin: 0; font-size: 13px; } dt { color: var(--quiet); } dd { margin: 0; text-align: end; overflow-wrap: anywhere; }
p { margin: 0; } .hint { color: var(--quiet); font-size: 13px; } ul.hint { margin: 0; padding-left: 1.1rem; display: flex; flex-direction: column; gap: 4px; }
.status { height: 5.7rem; flex: none; overflow: auto; scrollbar-gutter: stable both-edges; scrollbar-width: thin; padding: 11px 10px; border-top: 1px solid var(--line); font-size: 13.5px; overflow-wrap: anywhere; display: flex; gap: 12px; align-items: flex-start; justify-content: space-between; }
.status p { min-width: 0; }
.status.problem p { color: var(--bad); }
.status button { flex: none; }
kbd, code { padding: .05em .4em; border-radius: 5px; background: var(--soft); font: 500 .9em ui-monospace, monospace; color: var(--ink); }
[hidden] { display: none !important; }

@container (max-width: 860px) {
  .editor { grid-template: minmax(0, 1fr) auto minmax(9rem, 38%) / minmax(0, 1fr); }
  .tools { grid-row: 2; flex-direction: row; justify-content: space-between; padding: 6px 8px; margin: 0; gap: 6px; }
  .group { flex-direction: row; gap: 0; padding: 3px; }
  .panel { margin: 0; border-radius: 16px 16px 0 0; }
  .status { order: -1; height: 3.9rem; border: 0; border-bottom: 1px solid var(--line); padding-block: 8px; }
  .scroll, .status { padding-inline: 12px; }
}
@container (max-width: 520px) {
  /* over the stage: its middle leaves room for the labels at both sides, and the rest of the tools need the row */
  .editor { position: relative; } .tools .view { position: absolute; top: 4px; left: 50%; translate: -50%; padding: 0 3px; } button.icon-only { width: 38px; }
  .view .icon-only { min-height: 36px; }
}
@container (max-width: 520px) and (max-height: 640px) { .tools .view { display: none; } }
@container (max-width: 860px) and (max-height: 600px) {
  .editor { grid-template: minmax(0, 1fr) auto / minmax(0, 1fr) minmax(15rem, 40%); } .tools { grid-row: 2; } .panel { grid-row: 1 / 3; grid-column: 2; border-radius: 0; }
}
@container (min-width: 861px) and (max-height: 620px) { .tools { gap: 6px; justify-content: flex-start; } button.icon-only { width: 36px; min-height: 34px; } }
@media (prefers-reduced-motion: reduce) { .busy { animation-duration: 4s; } *, ::before, ::after { transition: none !important; } }
@media (forced-colors: active) { .point::before { forced-color-adjust: none; } }
`;
