import { AutodragError } from '@autodrag/nn';

/** OpenCV's WebAssembly build could not be loaded, or refused an image. */
export class OpenCvError extends AutodragError {
  override readonly name = 'OpenCvError';

  constructor(message: string, options?: ErrorOptions) {
    super('OPENCV', message, options);
  }
}

/** An image could not be decoded: the decoder is missing, or the data is not an image. */
export class ImageDecodeError extends AutodragError {
  override readonly name = 'ImageDecodeError';

  constructor(message: string, options?: ErrorOptions) {
    super('IMAGE_DECODE', message, options);
  }
}

/** A worker died, could not be started, or the pool was disposed while the job was waiting. */
export class MatchWorkerError extends AutodragError {
  override readonly name = 'MatchWorkerError';

  constructor(message: string, options?: ErrorOptions) {
    super('MATCH_WORKER', message, options);
  }
}

/** A job took longer than `timeoutMs`; its worker was stopped. */
export class MatchTimeoutError extends AutodragError {
  override readonly name = 'MatchTimeoutError';

  constructor(message: string, options?: ErrorOptions) {
    super('MATCH_TIMEOUT', message, options);
  }
}

/** The pool's queue is full and it was created with `whenFull: 'reject'`. */
export class MatchQueueFullError extends AutodragError {
  override readonly name = 'MatchQueueFullError';

  constructor(message: string, options?: ErrorOptions) {
    super('MATCH_QUEUE_FULL', message, options);
  }
}
