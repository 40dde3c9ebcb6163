import { type Autodrag, type LoadAutodragOptions, loadAutodrag as load, readSource } from '@autodrag/autodrag';
import { readWholeFile } from './read-file.js';

/** `loadAutodrag` of '@autodrag/autodrag', where a text that is no address is the path of a file. */
export async function loadAutodrag(options: LoadAutodragOptions = {}): Promise<Autodrag> {
  return load({ read: readPathOrSource, ...options });
}

const readPathOrSource: typeof readSource = async (source, name, options) => {
  const isPath = typeof source === 'string' && !/^[a-z][a-z0-9+.-]+:/i.test(source);
  return isPath ? readWholeFile(source) : readSource(source, name, options);
};
