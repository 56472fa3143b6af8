import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };

/** Compresses scripts and styles once; mesh-server sends what lies beside them to browsers that take it. */
const compressed = {
  name: 'compressed',
  apply: 'build' as const,
  writeBundle({ dir = '' }: { readonly dir?: string }) {
    const assets = join(dir, 'assets');
    for (const name of readdirSync(assets).filter((it) => /\.(?:js|css)$/.test(it))) {
      const path = join(assets, name);
      const small = gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION });
      writeFileSync(`${path}.gz`, small);
    }
  },
};

// The server sends a strict Content-Security-Policy: no inline scripts or styles and no data: addresses, so nothing
// may be inlined here.
export default defineConfig({
  plugins: [react(), compressed],
  base: './',
  define: { __MESH_VERSION__: JSON.stringify(manifest.version) },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
    // One page, kept by the browser after the first visit: its largest part is xterm.js with the page around it.
    chunkSizeWarningLimit: 1024,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      '/api': { target: process.env.MESH_SERVER ?? 'http://localhost:8000', changeOrigin: false },
      '/ws': { target: process.env.MESH_SERVER ?? 'http://localhost:8000', ws: true },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
