import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  base: '/kiosk/',
  plugins: [svelte({ configFile: false })],
  // One file of script: an old page must never ask for a piece that an update took away. No data: addresses.
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: false },
  test: { environment: 'node', include: ['tests/**/*.test.ts'] },
})
