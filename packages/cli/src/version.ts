import { readFileSync } from 'node:fs';

/** The version in this package's package.json, wherever below it the bundler put this file. */
export function version(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    try {
      const value = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
        name?: string;
        version: string;
      };
      if (value.name === 'autodrag') return value.version;
    } catch {
      // one folder up
    }
    if (folder.pathname === '/' || new URL('..', folder).href === folder.href) return 'unknown';
  }
}
