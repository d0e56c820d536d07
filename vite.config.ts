// The pages: `npm start` serves them with cross-origin isolation, so that audio crosses threads in shared memory.
import { defineConfig } from 'vite';
import { textModules } from './scripts/plugins.js';

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  plugins: [textModules()],
  server: { headers: isolation },
  preview: { headers: isolation },
  worker: { format: 'es', plugins: () => [textModules()] },
  build: { target: 'es2022', outDir: 'dist/pages' },
});
