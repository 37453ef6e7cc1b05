import { defineConfig } from 'rolldown'

// One file per entry, no shared chunks: V8 folds the constants of a module's own scope, but not imported
// ones (docs/decisions/0002-one-file-per-entry.md has the measurement).
const entries = {
  'src/main.ts': 'main.js',
  'workers/capture.ts': 'workers/capture.js',
  'workers/shard.ts': 'workers/shard.js',
  'src/sensor.ts': 'sensor.js',
  'workers/live.ts': 'workers/live.js',
  'src/policy-reader.ts': 'policy-reader.js',
}

export default defineConfig(
  Object.entries(entries).map(([input, name]) => ({
    input,
    platform: 'node' as const,
    external: [/^node:/, /^(piscina|oui-data|koffi)/],
    output: { file: `dist/${name}`, format: 'esm' as const, codeSplitting: false, sourcemap: true },
  })),
)
