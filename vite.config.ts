// The pages: `npm start` serves them with cross-origin isolation, so that audio crosses threads in shared memory.
import { defineConfig } from 'vite';
import { textModules } from './scripts/plugins.js';

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  // A missing model file is a 404, not the page; the built page may lie in any folder.
  appType: 'mpa',
  base: './',
  plugins: [textModules()],
  server: { headers: isolation },
  preview: { headers: isolation },
  worker: { format: 'es', plugins: () => [textModules()] },
  build: {
    target: 'es2022',
    outDir: 'dist/pages',
    license: { fileName: 'third-party-notices.md' },
    rollupOptions: { input: ['index.html', 'embed.html', 'latency.html', 'files.html'] },
  },
});
