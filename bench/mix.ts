/**
 * Writes the capture and the policy of a mix of `conduitwatch bench`, for other programs to read:
 * `node bench/mix.ts ot-polling 4000000 FOLDER` makes FOLDER/ot-polling.pcap and FOLDER/ot-polling.yaml, and
 * `node bench/peers/main.ts --capture FOLDER/ot-polling.pcap --policy FOLDER/ot-polling.yaml` measures them.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MIXES } from '../src/bench/mixes.ts'
import { writeCapture } from '../src/bench/write.ts'

const [name, count, folder] = process.argv.slice(2)
const mix = MIXES.find(one => one.name === name)
const frames = Number(count)
if (mix === undefined || folder === undefined || !(Number.isInteger(frames) && frames > 0)) {
  console.error(`usage: node bench/mix.ts ${MIXES.map(one => one.name).join('|')} FRAMES FOLDER`)
  process.exit(2)
}
mkdirSync(folder, { recursive: true })
const { bytes } = await writeCapture(join(folder, `${name}.pcap`), mix.traffic, frames)
writeFileSync(join(folder, `${name}.yaml`), mix.policy())
console.log(`${frames} frames, ${bytes} bytes: ${join(folder, `${name}.pcap`)}`)
