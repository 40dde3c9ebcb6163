import { pointOf, type StageContext } from './stage-context.js';
import { listenToKeys } from './stage-keys.js';
import { listenToPointers, type StagePointersContext } from './stage-pointers.js';
import { listenToWheel } from './stage-wheel.js';

/** Turns pointers, wheel and keys on the stage into events of the editor. */
export function listenToStage(context: StageContext & Pick<StagePointersContext, 'hover'>): void {
  const { stage, send } = context;
  const { element, split } = stage;
  const pans = listenToKeys(context);
  listenToPointers({ ...context, pans });
  listenToWheel(context);
  // who uses a pointer needs no ring around the picture; who goes on by keyboard does
  for (const name of ['keydown', 'blur']) element.addEventListener(name, () => element.classList.remove('pointed'));
  element.addEventListener('focusin', (event) => {
    const point = pointOf(event.target);
    if (point) send({ type: 'select', point });
  });
  split.addEventListener('input', () => send({ type: 'split', split: split.valueAsNumber }));
}
