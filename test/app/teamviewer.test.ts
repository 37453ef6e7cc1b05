import { describe, expect, it } from 'vitest'
import { teamviewer } from '../../src/app/it/teamviewer.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

describe('what may be TeamViewer', () => {
  it('never more than that', () => {
    expect(probeText(teamviewer, hex('1724 0a20 00000000'), { dstPort: 5938 })).toBe('unsure')
    expect(probeText(teamviewer, hex('1130 3600 00000000'), { dstPort: 5938 })).toBe('unsure')
    expect(probeText(teamviewer, hex('00 0102030405060708090a 1724 0000'), { transport: UDP })).toBe('unsure')
    expect(probeText(teamviewer, hex('1725 0a20 00000000'), { dstPort: 5938 })).toBe('not')
  })

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => {
    expect(probeText(teamviewer, bytes, { dstPort: 5938 })).toBe('not')
    expect(probeText(teamviewer, bytes, { transport: UDP })).toBe('not')
  })
})
