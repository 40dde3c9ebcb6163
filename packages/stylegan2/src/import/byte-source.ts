import { quote } from '@autodrag/nn';
import { CheckpointError } from './checkpoint-error.js';

/**
 * Bytes with random access: a file is never loaded whole where its parts can be read.
 * `read` returns exactly `end - start` bytes, or throws.
 */
export type ByteSource = {
  readonly size: number;
  /** Present where the whole content is in memory anyway; `read` then returns views of it. */
  readonly bytes?: Uint8Array;
  read(start: number, end: number): Promise<Uint8Array>;
};

/** The part of a Node `FileHandle` that is used: `await open(path)` fits. */
export type FileHandleLike = {
  stat(): Promise<{ size: number }>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
};

/** Everything that can be read as a checkpoint; a string is a URL. */
export type CheckpointInput =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | Response
  | FileHandleLike
  | ByteSource;

export type ByteSourceOptions = {
  /** Streams have no random access and are buffered, up to so many bytes. @default 2 GiB */
  maxBufferedBytes?: number;
  /** Called while a stream is buffered; `total` is 0 where it is not known. */
  onProgress?: (loaded: number, total: number) => void;
  signal?: AbortSignal;
};

/**
 * Opens an input as a {@link ByteSource}. Bytes, `Blob`/`File` and file handles are read where they are;
 * a URL, a stream or a `Response` is buffered.
 *
 * @throws CheckpointError `CHECKPOINT_SOURCE` for anything else, and for a stream beyond `maxBufferedBytes`
 */
export async function toByteSource(input: CheckpointInput, options: ByteSourceOptions = {}): Promise<ByteSource> {
  if (input instanceof Uint8Array) return bytesSource(input);
  if (typeof input === 'string' || input instanceof URL) return toByteSource(await fetchUrl(input, options), options);
  if (input instanceof ArrayBuffer) return bytesSource(new Uint8Array(input));
  if (typeof Blob !== 'undefined' && input instanceof Blob) return blobSource(input);
  if (typeof Response !== 'undefined' && input instanceof Response) {
    if (!input.ok) {
      throw new CheckpointError('CHECKPOINT_SOURCE', 'the response is an error', { found: `status ${input.status}` });
    }
    // The length of a compressed response is not that of its content.
    const encoded = (input.headers.get('content-encoding') ?? 'identity') !== 'identity';
    const declared = encoded ? 0 : Number(input.headers.get('content-length') ?? 0);
    if (input.body === null) return bytesSource(new Uint8Array(await input.arrayBuffer()));
    return bufferStream(input.body, { ...options, total: declared });
  }
  if (typeof ReadableStream !== 'undefined' && input instanceof ReadableStream) {
    return bufferStream(input, options);
  }
  if (typeof input === 'object' && input !== null) {
    if ('size' in input && typeof input.size === 'number' && 'read' in input) return input as ByteSource;
    if ('stat' in input && 'read' in input) return fileHandleSource(input as FileHandleLike);
  }
  throw new CheckpointError('CHECKPOINT_SOURCE', 'the input cannot be read', {
    found: typeof input,
    wayOut: 'Pass a URL, a Uint8Array, a Blob or File, a ReadableStream, a Response or an open Node file handle.',
  });
}

async function fetchUrl(url: string | URL, { signal }: ByteSourceOptions): Promise<Response> {
  try {
    return await fetch(url, { signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw new CheckpointError('CHECKPOINT_ABORTED', 'stopped by the signal', { cause: error });
    throw new CheckpointError('CHECKPOINT_SOURCE', `the URL ${quote(String(url))} could not be fetched`, {
      found: String((error as Error).message),
      cause: error,
      wayOut: 'Strings are URLs. For a file in Node pass an open handle: importStyleGan2(await open(path)).',
    });
  }
}

/** Bytes in memory. Not copied. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    bytes,
    async read(start, end) {
      checkRange(start, end, bytes.length);
      return bytes.subarray(start, end);
    },
  };
}

function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(start, end) {
      checkRange(start, end, blob.size);
      return new Uint8Array(await blob.slice(start, end).arrayBuffer());
    },
  };
}

async function fileHandleSource(handle: FileHandleLike): Promise<ByteSource> {
  const { size } = await handle.stat();
  return {
    size,
    async read(start, end) {
      checkRange(start, end, size);
      const buffer = new Uint8Array(end - start);
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, start + filled);
        if (bytesRead <= 0) throw truncated(start + filled, size);
        filled += bytesRead;
      }
      return buffer;
    },
  };
}

/** A window `[start, end)` of a source, as a source. */
export function sliceSource(source: ByteSource, start: number, end: number): ByteSource {
  checkRange(start, end, source.size);
  return {
    size: end - start,
    bytes: source.bytes?.subarray(start, end),
    read(from, to) {
      checkRange(from, to, end - start);
      return source.read(start + from, start + to);
    },
  };
}

/** The chunks of a stream as they came: never joined, so that a file takes its own size once. */
async function bufferStream(
  stream: ReadableStream<Uint8Array>,
  {
    maxBufferedBytes = 2 * 1024 ** 3,
    onProgress,
    signal,
    total = 0,
  }: ByteSourceOptions & {
    total?: number;
  },
): Promise<ByteSource> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  const starts: number[] = [];
  let size = 0;
  try {
    for (;;) {
      if (signal?.aborted) throw new CheckpointError('CHECKPOINT_ABORTED', 'stopped by the signal');
      const { done, value } = await reader.read();
      if (done) break;
      if (size + value.length > maxBufferedBytes) {
        throw new CheckpointError('CHECKPOINT_LIMIT', `a stream is buffered only up to ${maxBufferedBytes} bytes`, {
          wayOut: 'Pass a File, a Blob or a file handle, which are read in parts, or raise maxBufferedBytes.',
        });
      }
      if (value.length > 0) {
        starts.push(size);
        chunks.push(value);
      }
      size += value.length;
      onProgress?.(size, total);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError('CHECKPOINT_SOURCE', 'the stream failed', { found: String(error), cause: error });
  }
  if (total > 0 && size < total) throw truncated(total, size);
  return {
    size,
    async read(start, end) {
      checkRange(start, end, size);
      let index = upperBound(starts, start) - 1;
      const first = chunks[index];
      const within = start - (starts[index] ?? 0);
      if (first !== undefined && within + end - start <= first.length)
        return first.subarray(within, within + end - start);
      const result = new Uint8Array(end - start);
      for (let filled = 0; filled < result.length; index++) {
        const chunk = chunks[index] as Uint8Array;
        const from = start + filled - (starts[index] as number);
        const part = chunk.subarray(from, from + result.length - filled);
        result.set(part, filled);
        filled += part.length;
      }
      return result;
    },
  };
}

/** The number of entries that are at most `value`, in a sorted list. */
function upperBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function checkRange(start: number, end: number, size: number): void {
  if (!(start >= 0 && end >= start && end <= size)) throw truncated(end, size);
}

function truncated(wanted: number, size: number): CheckpointError {
  return new CheckpointError('CHECKPOINT_TRUNCATED', `the file needs to be at least ${wanted} bytes long`, {
    found: `${size} bytes`,
    wayOut: 'The download was probably cut short: fetch the file again.',
  });
}
