import { loadAutodrag } from '@autodrag/autodrag';
import { startBackend } from '@autodrag/browser';
import * as tf from '@tensorflow/tfjs-core';

const refused = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: Error) => `${error.name}: ${error.message}`,
  );

/** What `startBackend` does on a machine without a GPU, and what becomes of a session whose GPU is taken away. */
export async function run() {
  // half of the cores compute: on a machine of two that would be one thread
  if (crossOriginIsolated) Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 });
  const own = await startBackend();
  const [first, second] = await Promise.all([startBackend(), startBackend({ prefer: 'wasm' })]);
  const stopped = await refused(startBackend({ signal: AbortSignal.abort(new Error('enough')) }));
  const unknown = await refused(startBackend({ prefer: '__proto__' as never }).catch((error) => Promise.reject(error)));

  let autodrag = await loadAutodrag();
  let session = await autodrag.sample(7);
  const at = (x: number, y: number) => ({ x: x * autodrag.width, y: y * autodrag.height });
  await session.drag([{ handle: at(0.6, 0.62), target: at(0.52, 0.66) }], { calls: 1 });
  const w = session.w;
  const before = session.image.data;
  autodrag.dispose();

  const forced = await startBackend({ prefer: 'webgl' });
  const sum = (await tf.sum(tf.tensor1d([1, 2, 3])).data())[0];
  const { gl } = (tf.backend() as unknown as { gpgpu: { gl: WebGL2RenderingContext } }).gpgpu;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  const loss = await forced.lost;

  const again = await startBackend({ prefer: 'wasm' });
  autodrag = await loadAutodrag();
  session = await autodrag.open(w);
  const after = session.image.data;
  let difference = 0;
  for (let i = 0; i < before.length; i++) difference = Math.max(difference, Math.abs(before[i]! - after[i]!));
  const plain = ({ name, threads, skipped }: typeof own) => ({ name, threads, skipped });
  return {
    own: plain(own),
    both: [first.name, second.name],
    stopped,
    unknown,
    forced: forced.name,
    sum,
    loss,
    again: again.name,
    difference,
    backend: tf.getBackend(),
  };
}
