import { readFileSync } from 'node:fs';

const root = new URL('./fixtures/gms/', import.meta.url);

export type GmsCase = {
  id: string;
  dir: string;
  size1: [number, number];
  size2: [number, number];
  winner: Record<string, { scaleIndex: number; rotationIndex: number }>;
  modes: Record<string, { inliers: number }>;
};

export const gmsCases: GmsCase[] = JSON.parse(readFileSync(new URL('manifest.json', root), 'utf8')).cases;

function read(gmsCase: GmsCase, name: string): ArrayBuffer {
  const bytes = readFileSync(new URL(`${gmsCase.dir}/${name}`, root));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

export const readFloat32 = (gmsCase: GmsCase, name: string) => new Float32Array(read(gmsCase, `${name}.f32.bin`));
export const readInt32 = (gmsCase: GmsCase, name: string) => new Int32Array(read(gmsCase, `${name}.i32.bin`));
export const readUint8 = (gmsCase: GmsCase, name: string) => new Uint8Array(read(gmsCase, `${name}.u8.bin`));
export const imagePath = (gmsCase: GmsCase, name: string) => new URL(`${gmsCase.dir}/${name}`, root);
