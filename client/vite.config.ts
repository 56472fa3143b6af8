import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };

// The server sends a strict Content-Security-Policy: no inline scripts or styles and no data: addresses, so nothing
// may be inlined here.
export default defineConfig({
  plugins: [react()],
  base: './',
  define: { __MESH_VERSION__: JSON.stringify(manifest.version) },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
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
