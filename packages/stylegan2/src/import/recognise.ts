import { quote } from '@autodrag/nn';
import type { ByteSource } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';

export type Container = 'zip' | 'torch-stream' | 'pickle' | 'safetensors';

const HEAD_BYTES = 512;
/** PROTO 2, LONG1 of ten bytes: PyTorch's magic number 0x1950a86a20f9469cfc6c, STOP. */
const TORCH_STREAM = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

/** Other things that people have at hand, and what to do with them. */
const OTHERS: readonly { what: string; matches: (bytes: Uint8Array, text: string) => boolean; wayOut: string }[] = [
  {
    what: 'a web page',
    matches: (_, text) => /^\s*<(!doctype|html|head|\?xml)/i.test(text),
    wayOut: 'The server answered with a page (a login, a quota notice): download the file itself in a browser.',
  },
  {
    what: 'a Git LFS pointer',
    matches: (_, text) => text.startsWith('version https://git-lfs'),
    wayOut: 'Run git lfs pull, or download the file from its page.',
  },
  {
    what: 'a gzip archive',
    matches: (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b,
    wayOut: 'Unpack it and give the checkpoint inside.',
  },
  {
    what: 'a tar archive',
    matches: (_, text) => text.slice(257, 262) === 'ustar',
    wayOut: 'Unpack it; a PyTorch file of this kind (before 0.2) has to be saved again with a newer PyTorch.',
  },
  {
    what: 'an HDF5 file',
    matches: (_, text) => text.slice(1, 4) === 'HDF',
    wayOut: 'Give the .pkl, .pt or .safetensors file.',
  },
  {
    what: 'a 7-Zip, RAR, xz, bzip2 or Zstandard archive',
    matches: (_, text) => /^(7z\xbc\xaf|Rar!|\xfd7zXZ|BZh[1-9]|\x28\xb5\x2f\xfd)/.test(text),
    wayOut: 'Unpack it and give the checkpoint inside.',
  },
  {
    what: 'a picture',
    matches: (_, text) => /^(\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|BM)/s.test(text),
    wayOut: 'Give the .pkl, .pt or .safetensors file of a generator.',
  },
  {
    what: 'a NumPy array (.npy)',
    matches: (_, text) => text.startsWith('\x93NUMPY'),
    wayOut: 'It may be a latent code. Give the .pkl, .pt or .safetensors file of a generator.',
  },
  {
    what: 'a language model (GGUF)',
    matches: (_, text) => text.startsWith('GGUF'),
    wayOut: 'Give a StyleGAN2 checkpoint.',
  },
  {
    what: 'a TensorFlow Lite model',
    matches: (_, text) => text.slice(4, 8) === 'TFL3',
    wayOut: 'Give the .pkl from which it was converted.',
  },
  {
    what: 'an ONNX model',
    matches: (bytes, text) => bytes[0] === 0x08 && bytes[1]! < 16 && /pytorch|onnx/.test(text),
    wayOut: 'Give the .pkl or .pt from which it was exported.',
  },
  {
    what: 'a pickle of protocol 0 or 1',
    matches: (_, text) => /^(\(|\]q|\}q|c[A-Za-z_.]+\n[A-Za-z_]+\n)/.test(text),
    wayOut: 'Load it in Python and save it with pickle.dump(…, protocol=4).',
  },
  {
    what: 'JSON',
    matches: (_, text) => /^\s*[{[]\s*["\]}]/.test(text),
    wayOut: 'Give the file with the weights, not the one that describes them.',
  },
];

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/**
 * Tells a file's container by its first bytes, never by its name.
 *
 * @throws CheckpointError naming what the file is instead
 */
export async function recognise(source: ByteSource): Promise<Container> {
  const bytes = await source.read(0, Math.min(HEAD_BYTES, source.size));
  const text = latin1(bytes);
  if (bytes.length === 0) {
    throw new CheckpointError('CHECKPOINT_TRUNCATED', 'the file is empty', { wayOut: 'Fetch it again.' });
  }
  if (text.startsWith('PK\u0003\u0004')) return 'zip';
  if (TORCH_STREAM.every((byte, i) => bytes[i] === byte)) return 'torch-stream';
  if (bytes[0] === 0x80 && bytes.length > 1 && (bytes[1] as number) <= 16) return 'pickle';
  if (bytes.length > 8 && text[8] === '{') {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    if (length <= BigInt(source.size)) return 'safetensors';
  }
  const other = OTHERS.find(({ matches }) => matches(bytes, text));
  if (other !== undefined) {
    throw new CheckpointError('CHECKPOINT_UNSUPPORTED', 'the file is not a checkpoint', {
      found: other.what,
      wayOut: other.wayOut,
    });
  }
  throw new CheckpointError('CHECKPOINT_UNRECOGNISED', 'the file is not a checkpoint of a known kind', {
    found: `the first bytes ${[...bytes.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')} ${quote(text.slice(0, 8))}`,
    wayOut: "Known are NVIDIA's .pkl (PyTorch and TensorFlow), rosinality's .pt and this project's .safetensors.",
  });
}
