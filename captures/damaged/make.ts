import { type CaptureFile, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, inVlan, resolve } from '../support/conversations.ts'
import { bytes, l32 } from '../support/frames.ts'
import { pcap } from '../support/pcap.ts'
import { pcapng } from '../support/pcapng.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:a0'
const plc1: Host = { ip: '10.47.1.11', mac: '00:80:f4:47:01:0b' }
const plc2: Host = { ip: '10.47.1.12', mac: '00:0e:8c:47:01:0c', ttl: 30 }
const hmi: Host = { ip: '10.47.2.10', mac: '00:50:56:47:02:0a', ttl: 128 }
const scada: Host = { ip: '10.47.2.20', mac: '00:50:56:47:02:14', ttl: 128 }
const printer: Host = { ip: '10.47.4.30', mac: '00:17:c8:47:04:1e' }
const control = atResponder([{ vlan: 110 }], GATEWAY)
/** where a new file was begun */
const ROTATED = 60 * SECOND

/** Two minutes in two files of a rotated set: the first breaks off in a record, in the second a block's length cannot be. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-25T09:00:00Z')
  const plan = session.planner(trace)
  resolve(trace, 100 * MILLISECOND, plc1, { ip: '10.47.1.1', mac: GATEWAY }, [{ vlan: 110 }])
  session.modbusPolling(plan(hmi, plc1, control, 1, 115))
  session.s7Polling(plan(scada, plc2, control, 2, 58, { period: 2 * SECOND }))
  session.opcua(plan(hmi, scada, inVlan(120), 3, 57, { period: 2 * SECOND }))
  // undeclared, in the second file only, before its damage
  session.http(plan(printer, plc2, control, 68, 6, { close: true }), 'plc-2')

  const [first, second] = [new Trace('2026-10-25T09:00:00Z'), new Trace('2026-10-25T09:00:00Z')]
  for (const frame of trace.frames()) (frame.at < ROTATED ? first : second).add(frame.at, frame.bytes)
  const whole = pcap(first)
  const blocks = pcapng(second, { interfaces: [{ name: 'mirror1' }] })
  return [
    // of the last record there are 21 bytes: its header and the first five of its frame
    { name: 'cut.pcap', bytes: whole.subarray(0, lastRecord(whole) + 16 + 5) },
    { name: 'block.pcapng', bytes: spoilt(blocks) },
  ]
}

/** Offset of the last record of a little-endian pcap file. */
function lastRecord(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset)
  let last = 24
  for (let at = 24; at < file.length; at += 16 + view.getUint32(at + 8, true)) last = at
  return last
}

/** The file with the total length of the block at three quarters of it set to 7, less than a block's own frame. */
function spoilt(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset)
  let at = 0
  while (at < file.length * 0.75) at += view.getUint32(at + 4, true)
  return bytes(file.subarray(0, at + 4), l32(7), file.subarray(at + 8))
}
