// Where the time of a generator pass and of a drag goes, by kernel and by caller:
//   npm run bench -- profile [wasm|node] [drag|pass|preview|calls|many] [repetitions]
import * as tf from '@tensorflow/tfjs';

const [backend = 'wasm', what = 'drag', repetitions = '8'] = process.argv.slice(2);
if (backend === 'node') await import('@tensorflow/tfjs-node');
else {
  await import('@tensorflow/tfjs-backend-wasm');
  const { registerWasmGradients } = await import('@autodrag/wasm-gradients');
  registerWasmGradients();
}
await tf.setBackend(backend === 'node' ? 'tensorflow' : backend);
const { loadAutodrag } = await import('@autodrag/autodrag');
const autodrag = await loadAutodrag();
const { width, height } = autodrag;

const at = (x, y) => ({ x: Math.round(x * width), y: Math.round(y * height) });
const one = [{ handle: at(0.6, 0.62), target: at(0.52, 0.66) }];
const many = Array.from({ length: 68 }, (_, i) => {
  const [x, y] = [0.25 + 0.06 * (i % 9), 0.25 + 0.06 * Math.floor(i / 9)];
  return { handle: at(x, y), target: at(x + 0.03, y + 0.02) };
});
const session = await autodrag.sample(7);
const { w } = session;
const ws = tf.tensor3d(w, [1, autodrag.numWs, autodrag.wDim]);
const works = {
  async pass() {
    const image = autodrag.generator.synthesis(ws);
    await image.data();
    image.dispose();
  },
  drag: () => edit(one, 1),
  calls: () => edit(one, 4),
  many: () => edit(many, 1),
  preview: async () => void (await session.preview(one)),
};
async function edit(points, calls) {
  const fresh = await autodrag.open(w);
  const before = clock();
  await fresh.drag(points, { calls });
  const spent = clock() - before;
  fresh.dispose();
  return spent;
}
/** Milliseconds of processor time of all threads. */
function clock() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Times every kernel of the backend while `work` runs; kernels that call others count as themselves only. */
async function profile(work) {
  const rows = new Map();
  const originals = tf.getKernelsForBackend(tf.getBackend());
  let inner = 0;
  for (const config of originals) {
    tf.unregisterKernel(config.kernelName, config.backendName);
    tf.registerKernel({
      ...config,
      setupFunc: undefined,
      kernelFunc: (call) => {
        const [before, from] = [inner, performance.now()];
        inner = 0;
        const result = config.kernelFunc(call);
        const total = performance.now() - from;
        const shape = (info) => (info ? `[${info.shape}]` : '');
        const name = `${config.kernelName} ${Object.values(call.inputs).flat().slice(0, 2).map(shape).join(' ')}`;
        for (const key of [config.kernelName, name]) {
          const row = rows.get(key) ?? { calls: 0, ms: 0 };
          row.calls++;
          row.ms += total - inner;
          rows.set(key, row);
        }
        inner = before + total;
        return result;
      },
    });
  }
  const all = performance.now();
  await work();
  const total = performance.now() - all;
  for (const config of originals) {
    tf.unregisterKernel(config.kernelName, config.backendName);
    tf.registerKernel({ ...config, setupFunc: undefined });
  }
  return { rows, total };
}

const work = works[what];
for (let i = 0; i < 3; i++) await work();
const ratios = [];
for (let i = 0; i < Number(repetitions); i++) {
  const from = clock();
  await works.pass();
  const pass = clock() - from;
  const begun = clock();
  const spent = (await work()) ?? clock() - begun;
  ratios.push({ pass, spent });
}
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const [pass, spent] = [median(ratios.map((r) => r.pass)), median(ratios.map((r) => r.spent))];
console.log(
  `${backend}: a pass ${pass.toFixed(1)} ms, ${what} ${spent.toFixed(1)} ms: ${(spent / pass).toFixed(2)} passes`,
);
const { rows, total } = await profile(async () => {
  for (let i = 0; i < 4; i++) await work();
});
const print = (wanted) => {
  const list = [...rows].filter(([name]) => name.includes(' ') === wanted).sort((a, b) => b[1].ms - a[1].ms);
  for (const [name, { calls, ms }] of list.slice(0, 22)) {
    console.log(`${(ms / 4).toFixed(2).padStart(8)} ms ${String(calls / 4).padStart(6)}  ${name}`);
  }
};
const kernels = [...rows].filter(([name]) => !name.includes(' ')).reduce((sum, [, { ms }]) => sum + ms, 0);
console.log(`one ${what}: ${(total / 4).toFixed(1)} ms by the clock, ${(kernels / 4).toFixed(1)} of them in kernels`);
print(false);
console.log('by shapes');
print(true);
session.dispose();
