/**
 * Writes a capture and its policy to measure on: `node bench/generate.ts out.pcap [--frames N] [--flows N] [--size BYTES]
 * [--zones N] [--conduits N]`. The policy goes beside it as out.pcap.yaml.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { writeLoad } from './support/load.ts'
import { DEFAULT_SITE, sitePolicy } from './support/site.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    frames: { type: 'string', default: '20000000' },
    flows: { type: 'string', default: '10000' },
    size: { type: 'string', default: '64' },
    zones: { type: 'string', default: String(DEFAULT_SITE.zones) },
    conduits: { type: 'string', default: String(DEFAULT_SITE.conduits) },
  },
})
const [out] = positionals
if (out === undefined) {
  console.error(
    'usage: node bench/generate.ts out.pcap [--frames N] [--flows N] [--size BYTES] [--zones N] [--conduits N]',
  )
  process.exit(2)
}
const site = { zones: Number(values.zones), conduits: Number(values.conduits) }
writeLoad(out, {
  frames: Number(values.frames),
  flows: Number(values.flows),
  size: Number(values.size),
  site,
})
writeFileSync(`${out}.yaml`, sitePolicy(site))
