import { describe, expect, it } from 'vitest'
import { rsync } from '../../src/app/it/rsync.ts'
import { probeText } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))

describe('what is rsync', () => {
  it('the greeting of either end', () => {
    expect(probeText(rsync, bytes('@RSYNCD: 31.0\n'), { dstPort: 873 })).toBe('certain')
    expect(probeText(rsync, bytes('@RSYNCD: OK\n'), { dstPort: 873 })).toBe('not')
    expect(probeText(rsync, bytes('@RSYNCD: '), { dstPort: 873 })).toBe('not')
  })

  it.each(LOOK_ALIKES)('not %s', (_, other) => expect(probeText(rsync, other, { dstPort: 873 })).toBe('not'))
})
