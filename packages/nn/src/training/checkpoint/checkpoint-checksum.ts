import { sha256 } from '../../hashing/sha256.js';

/** Stands for the checksum while it is computed. */
export const blankChecksum = '0'.repeat(64);

const key = new TextEncoder().encode('"checksum":"');

/**
 * Puts the checksum of a whole safetensors file into its metadata entry `checksum`, in place: the SHA-256 of all bytes,
 * header and data, with zeros where the checksum stands.
 *
 * @param bytes of a file with `blankChecksum` there; changed
 */
export async function sealChecksum(bytes: Uint8Array): Promise<Uint8Array> {
  const at = findChecksum(bytes);
  if (at === null) throw new Error('sealChecksum: the file has no checksum entry');
  bytes.set(new TextEncoder().encode(await sha256(bytes)), at);
  return bytes;
}

/** What is wrong with a file's checksum, or null if it is right. */
export async function checksumFault(bytes: Uint8Array): Promise<string | null> {
  const at = findChecksum(bytes);
  if (at === null) return 'it holds no checksum';
  const stored = String.fromCharCode(...bytes.subarray(at, at + blankChecksum.length));
  const blank = new Uint8Array(bytes);
  blank.fill('0'.charCodeAt(0), at, at + blankChecksum.length);
  return (await sha256(blank)) === stored ? null : 'its checksum is wrong';
}

/**
 * Where the digits of the checksum begin. The key cannot occur elsewhere in the header before it: inside of a JSON
 * string its quotes would be escaped.
 */
function findChecksum(bytes: Uint8Array): number | null {
  if (bytes.length < 8) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  const end = Number(length < BigInt(bytes.length - 8) ? length : BigInt(bytes.length - 8)) + 8;
  for (let at = 8; at + key.length + blankChecksum.length <= end; at++) {
    let same = 0;
    while (same < key.length && bytes[at + same] === key[same]) same++;
    if (same === key.length) return at + key.length;
  }
  return null;
}
