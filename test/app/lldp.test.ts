import { describe, expect, it } from 'vitest'
import { lldp } from '../../src/app/it/lldp.ts'
import { ETHERNET } from '../../src/app/protocol.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: ETHERNET, ethertype: 0x88cc }
const text = (t: string) => Buffer.from(t).toString('hex')
const element = (type: number, value: string) => {
  const bytes = value.replace(/\s/g, '')
  return ((type << 9) | (bytes.length / 2)).toString(16).padStart(4, '0') + bytes
}
const CHASSIS = element(1, '04 001b1b112233')
const PORT = element(2, `07${text('port-001')}`)
const TTL = element(3, '0014')
const END = '0000'
const read = (bytes: string) => readAll(lldp, [{ from: 'client', bytes: hex(bytes) }], carrier)

describe('what is LLDP', () => {
  it.each([
    [CHASSIS + PORT + TTL + END, 'certain'],
    [PORT + CHASSIS + TTL + END, 'not'],
    [CHASSIS + TTL + END, 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(lldp, hex(bytes), carrier)).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, other) => expect(probeText(lldp, other, carrier)).toBe('not'))
})

describe('what LLDP tells', () => {
  it('who is there', () => {
    const system = element(5, text('sw-12')) + element(6, text('SCALANCE X208')) + element(7, '0014 0004')
    expect(read(`${CHASSIS}${PORT}${TTL}${system}${END}0000`)).toEqual([
      { act: ['discover'], fn: 1 },
      { heard: 'name', text: 'sw-12' },
      { heard: 'product', text: 'SCALANCE X208' },
      { heard: 'role', text: 'bridge' },
    ])
  })

  it('stations of PROFINET, by chassis and by port', () => {
    const old = element(1, `07${text('plc-1')}`)
    expect(read(old + PORT + TTL + END)).toContainEqual({ heard: 'name', text: 'plc-1' })
    const port = element(2, `07${text('port-001.plc-2')}`)
    expect(read(CHASSIS + port + TTL + END)).toContainEqual({ heard: 'name', text: 'plc-2' })
    expect(read(CHASSIS + PORT + TTL + END)).toEqual([{ act: ['discover'], fn: 1 }])
  })

  it('what is cut or does not hold together', () => {
    const whole = hex(CHASSIS + PORT + TTL + END)
    const cut = [{ from: 'client' as const, bytes: whole.subarray(0, 12), length: whole.length }]
    expect(readAll(lldp, cut, carrier)).toEqual([{ act: ['discover'], fn: 1 }, 'short'])
    expect(read(`${CHASSIS}${PORT}${TTL}0aff 61`)).toEqual([{ act: ['discover'], fn: 1 }, 'unfit'])
  })
})
