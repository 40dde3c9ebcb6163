import { sha256 as sha256InJavaScript } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/**
 * SHA-256 of bytes: by the platform where it offers one (Node, pages served over https), elsewhere in JavaScript.
 *
 * @returns 64 lower-case hexadecimal digits
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const { subtle } = globalThis.crypto ?? {};
  const digest = subtle
    ? new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
    : sha256InJavaScript(bytes);
  return bytesToHex(digest);
}
