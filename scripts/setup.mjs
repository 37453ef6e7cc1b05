// Makes a checkout ready to run with nothing but git, Node.js 20 or newer and npm: installs what the lock file
// names when it changed, then builds when a source is newer than the build. Plain JavaScript for Node.js 20.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modified = path => (existsSync(path) ? statSync(path).mtimeMs : 0)

function newest(folder) {
  if (!existsSync(folder)) return 0
  return readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(folder, entry.name)
    return Math.max(latest, entry.isDirectory() ? newest(path) : modified(path))
  }, 0)
}

function npm(...words) {
  const result = spawnSync('npm', words, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (result.status !== 0) {
    console.error(`conduitwatch: "npm ${words.join(' ')}" failed; its own message stands above`)
    process.exit(1)
  }
}

if (modified(join(root, 'node_modules/.package-lock.json')) < modified(join(root, 'package-lock.json'))) {
  npm('ci', '--no-audit', '--no-fund', '--loglevel=error')
}
const sources = Math.max(
  newest(join(root, 'src')),
  newest(join(root, 'workers')),
  modified(join(root, 'rolldown.config.ts')),
)
if (modified(join(root, 'dist/main.js')) < sources) npm('run', '--silent', 'build')
