/** Serves a directory on a free port of this machine alone, and single files under other addresses. */
export function serve(options: {
  directory: string;
  /** Addresses such as '/weights/generator.safetensors' to paths. */
  files?: Record<string, string>;
  /** Whether pages get SharedArrayBuffer. @default false */
  isolated?: boolean;
  /** Go with each answer. */
  headers?: Record<string, string>;
}): Promise<{ url: string; close(): Promise<void> }>;
