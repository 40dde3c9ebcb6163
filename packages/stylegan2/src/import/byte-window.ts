import type { Budget } from './budget.js';
import type { ByteSource } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';

const WINDOW_BYTES = 256 * 1024;

/** Reads a source from front to back through a window; large stretches are skipped without being read. */
export class ByteWindow {
  position: number;
  readonly end: number;
  private buffer: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private bufferStart = 0;
  private bufferEnd = 0;

  constructor(
    readonly source: ByteSource,
    private readonly budget: Budget,
    position = 0,
    end = source.size,
    private readonly windowBytes = WINDOW_BYTES,
  ) {
    this.position = position;
    this.end = end;
    if (source.bytes !== undefined) this.hold(source.bytes, 0);
    else budget.charge(Math.min(windowBytes, end - position));
  }

  /** True when so many bytes are at hand now. */
  has(count: number): boolean {
    return this.position + count <= this.bufferEnd && this.position >= this.bufferStart;
  }

  get left(): number {
    return this.end - this.position;
  }

  /** Makes `count` bytes available, or as many as there are. */
  async fill(count: number): Promise<void> {
    const wanted = Math.min(count, this.left);
    if (this.has(wanted)) return;
    if (wanted > this.windowBytes) this.budget.charge(wanted, this.position);
    const stop = Math.min(this.end, this.position + Math.max(wanted, this.windowBytes));
    this.hold(await this.source.read(this.position, stop), this.position);
  }

  /** Throws unless the source goes on for `count` bytes. */
  require(count: number, what: string): void {
    if (count > this.left) {
      throw new CheckpointError('CHECKPOINT_TRUNCATED', `${what} needs ${count} bytes`, {
        found: `${this.left} before the end`,
        offset: this.position,
        wayOut: 'The download was probably cut short: fetch the file again.',
      });
    }
  }

  skip(count: number): void {
    this.position += count;
  }

  uint8(): number {
    return this.view.getUint8(this.advance(1));
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  /** An unsigned 64-bit length. Beyond 2^53 it cannot be the length of anything and reads as Infinity. */
  uint64(): number {
    const value = this.view.getBigUint64(this.advance(8), true);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
  }

  float64BigEndian(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** The next bytes as a view, which is valid until the window moves. They must be available. */
  take(count: number): Uint8Array {
    const at = this.advance(count);
    return this.buffer.subarray(at, at + count);
  }

  /** The distance to the next `byte` within `limit`, or -1. Looks only at what is available. */
  find(byte: number, limit: number): number {
    const from = this.position - this.bufferStart;
    const to = Math.min(from + limit, this.bufferEnd - this.bufferStart);
    for (let i = from; i < to; i++) if (this.buffer[i] === byte) return i - from;
    return -1;
  }

  private advance(count: number): number {
    const at = this.position - this.bufferStart;
    this.position += count;
    return at;
  }

  private hold(bytes: Uint8Array, start: number): void {
    this.buffer = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bufferStart = start;
    this.bufferEnd = Math.min(start + bytes.length, this.end);
  }
}
