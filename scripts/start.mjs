// `npm start`: analyses a bundled scenario against its policy and shows the report. Exit status 0 although there are
// findings: this is a demonstration, and npm would report a failure.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const scenario = 'captures/it-to-plc'
const words = ['analyze', `${scenario}/traffic.pcap`, '--policy', `${scenario}/site.yaml`, '--exit-zero']
console.log(`$ npx conduitwatch ${words.join(' ')}\n`)
const { status } = spawnSync(process.execPath, [join(root, 'bin/conduitwatch.js'), ...words], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
