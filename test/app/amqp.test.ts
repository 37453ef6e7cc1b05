import { describe, expect, it } from 'vitest'
import { amqp } from '../../src/app/it/amqp.ts'
import { hex, probeText } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

describe('what is AMQP', () => {
  it.each([
    ['414d5150 00 000901', 'certain from client'],
    ['414d5150 03 010000', 'certain'],
    ['01 0000 00000020 000a 000a 00 09 0000', 'certain from server'],
    // another method, another channel
    ['01 0000 00000020 000a 000b 00 09 0000', 'not'],
    ['01 0001 00000020 000a 000a 00 09 0000', 'not'],
    ['414d5150 09 000901', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(amqp, hex(bytes), { dstPort: 5672 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(amqp, bytes, { dstPort: 5672 })).toBe('not'))
})
