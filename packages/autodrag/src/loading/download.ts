import { ModelError } from '../errors.js';

/** What a server said about a file, to ask later whether it has changed. */
export type Validators = { readonly etag: string | null; readonly lastModified: string | null };

export type DownloadOptions = {
  /** What the messages call the file. */
  name: string;
  signal?: AbortSignal;
  /** Called with bytes so far and of the whole file, where the server says so. */
  onProgress?: (loadedBytes: number, totalBytes: number | null) => void;
  /** Of a copy that is there: the answer may be that it is still good. */
  known?: Validators;
};

/** The bytes of a file, or `null` if the known copy is still good. */
export type Download = Validators & { readonly bytes: Uint8Array | null };

/** Attempts in a row that bring nothing new. */
const attempts = 4;
const firstWait = 250; // milliseconds, doubled each time

/**
 * Fetches a file. A connection that is cut is taken up again where it ended, if the server can (a `Range` is answered
 * with the rest of the same file), else from the start; a server that is busy is asked again.
 *
 * @throws ModelError naming the file, the address and what went wrong; the signal's reason
 */
export async function download(address: string, options: DownloadOptions): Promise<Download> {
  const { name, signal } = options;
  const part: Part = { chunks: [], received: 0, total: null, tag: null };
  for (let failures = 0; ; ) {
    const before = part.received;
    try {
      return await attempt(address, part, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ModelError) throw error;
      failures = part.received > before ? 1 : failures + 1;
      const reason = (error as Error).message;
      const begun = part.received > 0 || error instanceof TryAgainError;
      if (!begun || failures >= attempts) {
        const sofar =
          part.received > 0 ? ` after ${part.received} of ${part.total ?? 'an unknown number of'} bytes` : '';
        throw new ModelError(
          `loadAutodrag: ${name}: '${address}' cannot be fetched: ${reason}${sofar}. Check the address and the connection; in Node, loadAutodrag of the package 'autodrag' reads paths and file: addresses.`,
          { cause: error },
        );
      }
      await wait(firstWait * 2 ** (failures - 1), signal);
    }
  }
}

/** What has been received of a file. */
type Part = { chunks: Uint8Array[]; received: number; total: number | null; tag: string | null };

/** The server answers, but another attempt may bring more. */
class TryAgainError extends Error {}

async function attempt(address: string, part: Part, options: DownloadOptions): Promise<Download> {
  const { name, signal, onProgress, known } = options;
  const response = await fetch(address, { signal, headers: headersFor(part, known) });
  const { status, headers } = response;
  const validators = { etag: headers.get('etag'), lastModified: headers.get('last-modified') };
  if (status === 304 && part.received === 0) return { bytes: null, ...validators };
  if (status === 429 || status >= 500)
    throw new TryAgainError(`the server answers ${status} ${response.statusText}`.trim());
  if (!response.ok) {
    throw new ModelError(
      `loadAutodrag: ${name}: '${address}' answers ${status} ${response.statusText}. Check the address.`,
    );
  }
  if (headers.get('content-type')?.startsWith('text/html')) {
    throw new ModelError(
      `loadAutodrag: ${name}: '${address}' answers with a web page, not with weights. Check that the file is served there.`,
    );
  }
  if (!continues(response, part, validators)) {
    // a compressed answer has another length than its header says
    const length = headers.get('content-encoding') ? null : headers.get('content-length');
    Object.assign(part, { chunks: [], received: 0, total: length === null ? null : Number(length) });
    if (status === 206) throw new TryAgainError('the file changed on the server while it was read');
  }
  part.tag = validators.etag ?? validators.lastModified;
  onProgress?.(part.received, part.total);
  for await (const chunk of chunksOf(response)) {
    part.chunks.push(chunk);
    part.received += chunk.length;
    onProgress?.(part.received, part.total);
  }
  if (part.total !== null && part.received < part.total) throw new Error('the connection was cut');
  return { bytes: joined(part), ...validators };
}

function headersFor({ received, total }: Part, known: Validators | undefined): Record<string, string> {
  if (received > 0 && total !== null) return { range: `bytes=${received}-` };
  if (known?.etag) return { 'if-none-match': known.etag };
  if (known?.lastModified) return { 'if-modified-since': known.lastModified };
  return {};
}

/**
 * Whether an answer is the rest of the same file: its range begins where the part ends, and nothing says that it
 * changed.
 */
function continues(response: Response, { received, total, tag }: Part, { etag, lastModified }: Validators): boolean {
  if (response.status !== 206 || received === 0) return false;
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  return Number(range?.[1]) === received && Number(range?.[3]) === total && (etag ?? lastModified) === tag;
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return yield new Uint8Array(await response.arrayBuffer());
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {}); // nothing of a cut or aborted answer is left open
  }
}

function joined({ chunks, received }: Part): Uint8Array {
  const bytes = new Uint8Array(received);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
