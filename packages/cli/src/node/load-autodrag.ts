import { type Autodrag, type LoadAutodragOptions, loadAutodrag as load } from '@autodrag/autodrag';
import { readSource } from './read-source.js';

/** `loadAutodrag` of '@autodrag/autodrag', which takes paths of files and `file:` addresses, too. */
export async function loadAutodrag(options: LoadAutodragOptions = {}): Promise<Autodrag> {
  return load({ read: readSource, ...options });
}
