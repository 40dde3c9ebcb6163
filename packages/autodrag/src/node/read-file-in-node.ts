type NodeProcess = { getBuiltinModule?(name: string): { readFile(path: URL): Promise<Uint8Array> } | undefined };

/**
 * The bytes of a `file:` address in Node, whose fetch reads no files; null anywhere else, and where there is none. Asks
 * the process for the module, since an import would be followed by bundlers for browsers.
 */
export async function readFileInNode(address: unknown): Promise<Uint8Array | null> {
  if (!(address instanceof URL && address.protocol === 'file:')) return null;
  const { process } = globalThis as { process?: NodeProcess };
  const files = process?.getBuiltinModule?.('node:fs/promises');
  return files ? files.readFile(address).catch(() => null) : null;
}
