/** One sheet for every editor of a page, constructed: it needs no inline style, whatever the page's policy is. */
export const styles = `
:host {
  --back: #f4f4f1; --card: #ffffff; --ink: #1b1f26; --quiet: #545c69; --line: #d6d9df; --stage: #e4e5e3;
  --accent: #1f57e0; --accent-ink: #ffffff; --handle: #d81f35; --target: #1f57e0; --anchor: #11795a; --bad: #b3202c;
  display: block; container-type: size; height: 40rem; min-height: 22rem; color: var(--ink); background: var(--back); color-scheme: light;
  font: 15px/1.45 system-ui, sans-serif;
}
:host([hidden]) { display: none; }
@media (prefers-color-scheme: dark) {
  :host {
    --back: #15171b; --card: #1e2127; --ink: #eceef1; --quiet: #abb2be; --line: #3a404b; --stage: #0e0f12;
    --accent: #86abff; --accent-ink: #0a1228; --handle: #ff6b78; --target: #7ba6ff; --anchor: #4fd0a3; --bad: #ff8e96;
    color-scheme: dark;
  }
}
* { box-sizing: border-box; }
.editor { display: grid; height: 100%; grid-template: minmax(0, 1fr) / auto minmax(0, 1fr) 19rem; }
.tools { display: flex; flex-direction: column; gap: 4px; padding: 10px 8px; background: var(--card); border-right: 1px solid var(--line); overflow: auto; }
.tools hr { width: 100%; margin: 6px 0; border: 0; border-top: 1px solid var(--line); }
.stage { position: relative; min-width: 0; min-height: 0; overflow: hidden; background: var(--stage); cursor: crosshair; user-select: none; -webkit-user-select: none; outline: none; touch-action: none; }
.stage.scrolls { touch-action: pan-x pan-y; }
.stage[data-phase=loading] { cursor: progress; }
.stage:focus-visible::after { content: ''; position: absolute; inset: 3px; border: 3px solid var(--accent); border-radius: 6px; pointer-events: none; }
canvas.picture, svg.lines, .points { position: absolute; inset: 0; width: 100%; height: 100%; }
svg.lines, .points { pointer-events: none; }
svg.lines { overflow: hidden; }
.point { position: absolute; width: 30px; height: 30px; min-height: 0; margin: -15px 0 0 -15px; padding: 0; border: 0; border-radius: 50%; background: none; pointer-events: auto; touch-action: none; cursor: grab; }
.point::before { content: ''; position: absolute; inset: 8px; border-radius: 50%; background: var(--handle); border: 2px solid #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / .55), 0 1px 4px rgb(0 0 0 / .4); }
.point[data-kind=target]::before { background: var(--target); }
.point[data-kind=anchor]::before { background: var(--anchor); border-radius: 3px; transform: rotate(45deg); }
.point.selected::after { content: ''; position: absolute; inset: 2px; border-radius: 50%; border: 2px solid #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / .6); }
.cursor { position: absolute; width: 24px; height: 24px; margin: -12px 0 0 -12px; border: 2px solid #fff; border-radius: 50%; box-shadow: 0 0 0 2px rgb(0 0 0 / .6), inset 0 0 0 2px rgb(0 0 0 / .35); pointer-events: none; }
.busy { position: absolute; right: 14px; top: 14px; width: 24px; height: 24px; border-radius: 50%; border: 3px solid rgb(128 128 128 / .35); border-top-color: var(--accent); visibility: hidden; animation: turn .8s linear infinite; }
.stage[aria-busy=true] .busy { visibility: visible; }
@keyframes turn { to { transform: rotate(1turn); } }
.split { position: absolute; inset: auto 12% 14px; width: 76%; margin: 0; accent-color: var(--accent); }
.label { position: absolute; top: 12px; padding: 2px 9px; border-radius: 99px; background: rgb(0 0 0 / .68); color: #fff; font-size: 13px; pointer-events: none; }
.label.before { left: 12px; } .label.after { right: 12px; }
.load { position: absolute; left: 50%; top: 50%; width: min(20rem, 80%); transform: translate(-50%, -50%); padding: 1rem 1.1rem; border-radius: 12px; background: var(--card); box-shadow: 0 4px 24px rgb(0 0 0 / .22); text-align: center; }
.load.small { top: auto; bottom: 12px; left: 12px; transform: none; width: auto; padding: .4rem .7rem; font-size: 13px; display: flex; gap: .6rem; align-items: center; }
.load progress { width: 100%; accent-color: var(--accent); } .load.small progress { width: 7rem; }
.panel { display: flex; flex-direction: column; min-height: 0; background: var(--card); border-left: 1px solid var(--line); }
.scroll { flex: 1; min-height: 0; overflow: auto; padding: 12px 14px; display: flex; flex-direction: column; gap: 12px; scrollbar-gutter: stable; }
.row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.row > .grow { flex: 1; }
button, select, input[type=number], label.file { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 8px; background: transparent; padding: 6px 11px; min-height: 36px; }
button, label.file { cursor: pointer; display: inline-flex; gap: 6px; align-items: center; justify-content: center; }
button:hover, label.file:hover { border-color: var(--accent); }
button[aria-disabled=true] { color: var(--quiet); opacity: .62; cursor: default; border-color: var(--line); }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; }
button.primary[aria-disabled=true] { background: transparent; color: var(--quiet); }
button.icon-only { width: 40px; min-height: 40px; padding: 0; border-color: transparent; }
button[aria-pressed=true] { background: var(--accent); color: var(--accent-ink); border-color: var(--accent); }
:is(button, select, input, summary, label.file):focus-visible, label.file:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; }
.icon { fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; flex: none; }
input[type=number] { width: 7.4rem; padding-inline: 8px; } input[type=range] { accent-color: var(--accent); width: 100%; }
label { color: var(--quiet); } label.line { display: flex; gap: 8px; align-items: center; justify-content: space-between; } label.check { display: flex; gap: 8px; align-items: center; }
label.file { color: inherit; position: relative; } label.file input { position: absolute; inset: 0; opacity: 0; cursor: pointer; width: 100%; }
.strip { display: grid; grid-template-columns: repeat(4, 1fr); gap: 6px; }
.strip button { padding: 0; min-height: 0; aspect-ratio: 1; overflow: hidden; border-radius: 8px; background: var(--stage); }
.race { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; } .lane { display: flex; flex-wrap: wrap; gap: 2px 6px; font-size: 13px; align-content: start; } .lane progress { width: 100%; accent-color: var(--accent); } .lane button { padding: 0; width: 100%; overflow: hidden; } .lane canvas { width: 100%; display: block; }
.strip canvas { width: 100%; height: 100%; display: block; }
details { border-top: 1px solid var(--line); padding-top: 8px; } summary { cursor: pointer; font-weight: 600; border-radius: 4px; } details > div { padding-top: 8px; display: flex; flex-direction: column; gap: 8px; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; margin: 0; font-size: 14px; } dt { color: var(--quiet); } dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
p { margin: 0; } p.hint, ul.hint { color: var(--quiet); font-size: 14px; } ul.hint { margin: 0; padding-left: 1.1rem; }
.status { min-height: 5.1em; padding: 10px 14px; border-top: 1px solid var(--line); font-size: 14px; overflow-wrap: anywhere; }
.status.problem { color: var(--bad); }
.status button { margin-top: 6px; color: var(--ink); }
kbd { padding: 0 .35em; border: 1px solid var(--line); border-radius: 4px; font-size: .88em; }
[hidden] { display: none !important; }
@container (max-width: 860px) {
  .editor { grid-template: minmax(0, 1fr) auto minmax(9rem, 40%) / minmax(0, 1fr); }
  .tools { grid-row: 2; flex-direction: row; border: 0; border-top: 1px solid var(--line); padding: 6px 8px; gap: 2px; }
  .tools hr { width: 1px; height: 26px; margin: 7px 3px; border: 0; border-left: 1px solid var(--line); flex: none; }
  .tools button { flex: none; }

  .panel { border: 0; border-top: 1px solid var(--line); }
  .status { order: -1; min-height: 3.4em; max-height: 5.4em; overflow: auto; border: 0; border-bottom: 1px solid var(--line); padding: 6px 14px; }
}
@container (max-width: 480px) { .tools .zoom { display: none; } .tools { justify-content: space-between; } }
@container (max-width: 860px) and (max-height: 600px) {
  .editor { grid-template: minmax(0, 1fr) auto / minmax(0, 1fr) minmax(14rem, 40%); } .tools { grid-row: 2; } .panel { grid-row: 1 / 3; grid-column: 2; }
}
@media (prefers-reduced-motion: reduce) { .busy { animation-duration: 4s; } }
@media (forced-colors: active) { .point::before { forced-color-adjust: none; } }
`;
