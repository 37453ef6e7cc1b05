import { describe, expect, it } from 'vitest'
import { ipfix } from '../../src/app/it/ipfix.ts'
import { netflow } from '../../src/app/it/netflow.ts'
import { sflow } from '../../src/app/it/sflow.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const V5 = `0005 0001 ${'00'.repeat(20)} ${'11'.repeat(48)}`
const V9 = `0009 0002 ${'00'.repeat(16)} 0000 000c 0100 0001 0008 0004 0100 0008 0a010203`
const IPFIX = '000a 0024 68e0c000 00000001 00000000 0002 000c 0100 0001 0008 0004 0100 0008 0a010203'
const SFLOW = `00000005 00000001 0a010203 00000000 00000001 00001000 00000001 00000001 00000008 ${'00'.repeat(8)}`

describe('what exports flows', () => {
  it.each([
    [netflow, V5, 'certain from client'],
    [netflow, V9, 'certain from client'],
    [netflow, `${V5} 00`, 'not'],
    [netflow, V9.replace('0100 0008', '0100 0009'), 'not'],
    [netflow, V9.replace('0009', '0008'), 'not'],
    [ipfix, IPFIX, 'certain from client'],
    [ipfix, IPFIX.replace('0024', '0025'), 'not'],
    [ipfix, IPFIX.replace('0002 000c', '0001 000c'), 'not'],
    [sflow, SFLOW, 'certain from client'],
    [sflow, SFLOW.replace('00000008', '00000040'), 'not'],
    [sflow, SFLOW.replace('00000005', '00000003'), 'not'],
  ])('$id: %s', (protocol, bytes, what) => {
    expect(probeText(protocol, hex(bytes), { transport: UDP })).toBe(what)
  })

  it('also where the capture cut it', () => {
    expect(probeText(netflow, hex(V5).subarray(0, 40), { length: 72 })).toBe('certain from client')
    expect(probeText(netflow, hex(V9).subarray(0, 22), { length: 40 })).toBe('unsure from client')
    expect(probeText(sflow, hex(SFLOW).subarray(0, 30), { length: 44 })).toBe('unsure from client')
  })

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => {
    for (const protocol of [netflow, ipfix, sflow])
      expect(probeText(protocol, bytes, { transport: UDP })).toBe('not')
  })

  it('reports', () => {
    const from = 'client' as const
    expect(readAll(netflow, [{ from, bytes: hex(V9) }])).toEqual([
      { client: true },
      { act: ['report'], fn: 9 },
    ])
    expect(readAll(sflow, [{ from, bytes: hex(SFLOW) }])).toEqual([
      { client: true },
      { act: ['report'], fn: 5 },
    ])
    expect(readAll(ipfix, [{ from, bytes: hex(`${IPFIX}${IPFIX}`) }], { transport: 6 })).toEqual([
      { client: true },
      { act: ['report'], fn: 10 },
      { client: true },
      { act: ['report'], fn: 10 },
    ])
  })

  it.each([[netflow], [ipfix], [sflow]])('$id: other bytes are unknown, too few are short', protocol => {
    const from = 'client' as const
    const carrier = { transport: UDP }
    const [, act, fault] = readAll(protocol, [{ from, bytes: hex('4d41 4e59 5448 494e 4700') }], carrier)
    expect(act).toMatchObject({ act: ['unknown'] })
    expect(fault).toBe('unfit')
    expect(readAll(protocol, [{ from, bytes: hex('0005'), length: 72 }], carrier)).toEqual(['short'])
  })
})
