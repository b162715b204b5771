/**
 * The dashboard's shell: static pages without data, all in one folder and with relative addresses only, so that the same
 * files work under any path. Scripts and styles are files of their own: the pages' Content-Security-Policy allows no others.
 */
import { basename } from 'node:path';
import { defineConfig } from 'astro/config';

export default defineConfig({
  output: 'static',
  compressHTML: true,
  devToolbar: { enabled: false },
  build: { format: 'file', assets: 'assets', assetsPrefix: '.', inlineStylesheets: 'never' },
  vite: {
    build: { assetsInlineLimit: 0, modulePreload: false },
    experimental: {
      // What a style names lies beside it. Pages and scripts lie as Astro thinks.
      renderBuiltUrl: (name, { hostType }) => (hostType === 'css' ? `./${basename(name)}` : undefined),
    },
  },
});
