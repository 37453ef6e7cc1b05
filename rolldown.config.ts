import { defineConfig } from 'rolldown'

// One file per entry, no shared chunks: V8 folds the constants of a module's own scope, but not imported
// ones (docs/decisions/0002-one-file-per-entry.md has the measurement).
export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  external: [/^node:/, /^[a-z@]/],
  output: { file: 'dist/main.js', format: 'esm', codeSplitting: false, sourcemap: true },
})
