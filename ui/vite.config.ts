import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  clearScreen: false,
  server: { port: 5173, strictPort: true, host: '127.0.0.1' },
  // WebKitGTK 2.40 is the oldest web view that is served; no source maps leave the building.
  build: { target: 'safari16', sourcemap: false, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // A busy machine takes many times as long; no test is about time.
  test: { environment: 'jsdom', include: ['tests/**/*.test.ts'], restoreMocks: true, testTimeout: 60_000 },
});
