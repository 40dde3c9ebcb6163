import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { homepage, repository } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  homepage: string;
  repository: { url: string };
};

/** What the page says of itself: from the manifest at the root, so that it stands in one place. */
const places: Record<string, string> = {
  // readers of og pictures follow no relative address: a page that is served elsewhere is built with its own
  SITE: (process.env.AUTODRAG_SITE ?? homepage).replace(/\/*$/, '/'),
  REPOSITORY: repository.url.replace(/^git\+/, '').replace(/\.git$/, ''),
};

export default defineConfig({
  base: './',
  plugins: [
    {
      name: 'autodrag-places',
      transformIndexHtml: {
        order: 'pre',
        handler: (html) => html.replace(/%(SITE|REPOSITORY)%/g, (_, name: string) => places[name] ?? ''),
      },
    },
  ],
  build: { target: 'es2022', sourcemap: true, chunkSizeWarningLimit: 4096 },
  worker: { format: 'es' },
  test: { include: ['src/**/*.test.ts'] },
});
