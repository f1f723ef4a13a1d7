// The service worker, built after the app because it holds the list of the app's files with their hashes.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vite'

function builtFiles() {
  return readdirSync('dist', { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && file.name !== 'sw.js')
    .map((file) => `${file.parentPath}/${file.name}`)
    .sort()
    .map((path) => ({
      url: path.replace(/^dist\//, '/kiosk/'),
      revision: createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16),
    }))
}

export default defineConfig({
  define: { BUILT_FILES: JSON.stringify(builtFiles()) },
  build: {
    target: 'es2022',
    emptyOutDir: false,
    copyPublicDir: false,
    rolldownOptions: { input: 'src/worker.ts', output: { format: 'iife', entryFileNames: 'sw.js' } },
  },
})
