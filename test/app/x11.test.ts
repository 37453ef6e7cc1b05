import { describe, expect, it } from 'vitest'
import { x11 } from '../../src/app/it/x11.ts'
import { hex, probeText } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

describe('what is X11', () => {
  it.each([
    ['6c00 0b00 0000 0000 0000 0000', 'certain from client'],
    ['4200 000b 0000 0004 0003 0000 61626364 78797a00', 'certain from client'],
    ['0100 0b00 0000 0200 0000000000000000', 'unsure from server'],
    ['0100 000b 0000 0002 0000000000000000', 'unsure from server'],
    ['6c00 0a00 0000 0000 0000 0000', 'not'],
    ['6c00 0b00 0000 0000 0000 0000 00', 'not'],
    ['0100 0b00 0000 0000 00', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(x11, hex(bytes), { dstPort: 6000 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(x11, bytes, { dstPort: 6000 })).toBe('not'))
})
