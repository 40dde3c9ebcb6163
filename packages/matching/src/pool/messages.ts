/** What goes to a worker. */
export type JobMessage<Job> = { readonly id: number; readonly job: Job };

/** What comes back. `fatal` says that the worker must not be used again. */
export type ReplyMessage<Result> =
  | { readonly id: number; readonly result: Result }
  | {
      readonly id: number;
      readonly error: { readonly message: string; readonly stack?: string };
      readonly fatal: boolean;
    };
