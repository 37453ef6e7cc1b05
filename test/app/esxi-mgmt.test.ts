import { describe, expect, it } from 'vitest'
import { esxiMgmt } from '../../src/app/it/esxi-mgmt.ts'
import { probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
const GREETING = bytes(
  '220 VMware Authentication Daemon Version 1.10: SSL Required, ServerDaemonProtocol:SOAP\r\n',
)

describe('what is ESXi management', () => {
  it('its greeting', () => {
    expect(probeText(esxiMgmt, GREETING, { srcPort: 902 })).toBe('certain from server')
    expect(probeText(esxiMgmt, bytes('220 mail.plant ESMTP\r\n'), { srcPort: 902 })).toBe('not')
  })

  it.each(LOOK_ALIKES)('not %s', (_, other) =>
    expect(probeText(esxiMgmt, other, { dstPort: 902 })).toBe('not'),
  )

  it('says its version', () => {
    expect(readAll(esxiMgmt, [{ from: 'server', bytes: GREETING }])).toEqual([
      { client: false },
      { heard: 'product', text: 'VMware Authentication Daemon' },
      { heard: 'version', text: '1.10' },
      'done',
    ])
  })

  it('waits for the end of a line, and not for ever', () => {
    expect(esxiMgmt.length!(GREETING, 0, 20)).toBe(0)
    expect(esxiMgmt.length!(new Uint8Array(600), 0, 600)).toBe(-1)
  })
})
