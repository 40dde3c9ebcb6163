// Weights between two files of one architecture, such as a predictor before and after further training: the mean of
// two points of a training often generalises better than either (model soups, Wortsman et al. 2022).
//   node scripts/mix-weights.mjs A.safetensors B.safetensors SHARE_OF_B OUT.safetensors
import { readFileSync, writeFileSync } from 'node:fs';
import { loadSafetensors, saveSafetensors } from '@autodrag/nn';

const [a, b, text, out] = process.argv.slice(2);
const share = Number(text);
if (out === undefined || !(share >= 0 && share <= 1)) {
  throw new Error('Say: node scripts/mix-weights.mjs A.safetensors B.safetensors SHARE_OF_B OUT.safetensors');
}
const [from, to] = await Promise.all([a, b].map((file) => loadSafetensors(readFileSync(file))));
const stored = {};
for (const [name, tensor] of Object.entries(from.tensors)) {
  const other = to.tensors[name];
  if (other?.data.length !== tensor.data.length) throw new Error(`'${name}' is not in '${b}', or of another shape.`);
  stored[name] = tensor.dtype === 'float16' ? 'float16' : 'float32';
  if (!(tensor.data instanceof Float32Array)) continue;
  tensor.data = tensor.data.map((value, i) => value + share * (other.data[i] - value));
  tensor.dtype = 'float32';
}
writeFileSync(out, await saveSafetensors(from.tensors, { metadata: from.metadata, dtype: (name) => stored[name] }));
