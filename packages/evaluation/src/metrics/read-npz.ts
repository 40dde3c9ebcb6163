import { WeightFileError } from '@autodrag/nn';
import { unzipSync } from 'fflate';

export type NpyArray = { readonly shape: readonly number[]; readonly data: Float32Array };

/** Arrays that an npz file may hold in all, in numbers. */
const mostNumbers = 2 ** 27;

/**
 * Arrays of a NumPy `.npz` file by name: little-endian float32 or float64, C order.
 *
 * @throws WeightFileError naming the array and what is wrong with it
 */
export function readNpz(bytes: Uint8Array): Map<string, NpyArray> {
  let files: Record<string, Uint8Array>;
  let total = 0;
  try {
    files = unzipSync(bytes, {
      filter: ({ originalSize }) => {
        total += originalSize;
        return total <= 4 * mostNumbers;
      },
    });
  } catch (error) {
    throw new WeightFileError(`readNpz: it is no npz file: ${(error as Error).message}. Make one with numpy.savez.`, {
      cause: error,
    });
  }
  return new Map(
    Object.entries(files)
      .filter(([name]) => name.endsWith('.npy'))
      .map(([name, content]) => [name.slice(0, -4), readNpy(content, name)]),
  );
}

function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const fail = (what: string): never => {
    throw new WeightFileError(`readNpz: '${name}': ${what}`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || new TextDecoder('latin1').decode(bytes.subarray(1, 6)) !== 'NUMPY') fail('no npy array');
  const [lengthAt, from] = bytes[6] === 1 ? [8, 10] : [8, 12];
  const length = bytes[6] === 1 ? view.getUint16(lengthAt, true) : view.getUint32(lengthAt, true);
  if (from + length > bytes.length) fail('its header is cut off');
  const header = new TextDecoder('latin1').decode(bytes.subarray(from, from + length));
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  if (/'fortran_order':\s*True/.test(header))
    fail('expected C order, got Fortran order. Save numpy.ascontiguousarray(x)');
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .map((size) => size.trim())
    .filter(Boolean)
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count) || count > mostNumbers) fail(`expected a shape of whole numbers, got (${shape})`);
  const width = type === '<f4' ? 4 : type === '<f8' ? 8 : fail(`expected float32 or float64, got ${type}`);
  const start = from + length;
  if (bytes.length - start < count * width) fail(`expected ${count} numbers, got ${(bytes.length - start) / width}`);
  const data = Float32Array.from({ length: count }, (_, i) =>
    width === 4 ? view.getFloat32(start + 4 * i, true) : view.getFloat64(start + 8 * i, true),
  );
  return { shape, data };
}
