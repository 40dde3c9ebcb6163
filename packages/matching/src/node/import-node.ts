/** Whether this runs in Node, and not in a browser, a worker of one, or a bundle for one. */
export const inNode = (): boolean => typeof process !== 'undefined' && !!process.versions?.node;

/**
 * Imports a module of Node. Its name comes as a value, so that no bundler for browsers looks for it.
 *
 * @param name `node:os`, for example
 */
export function importNode<Module>(name: string): Promise<Module> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<Module>;
}
