import { describe, expect, it } from 'vitest'
import { mongodb } from '../../src/app/it/mongodb.ts'
import { hex, probeText } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

// {ping: 1}
const PING = '0f000000 10 70696e6700 01000000 00'
const message = (answers: string) => `24000000 07000000 ${answers} dd070000 00000000 00 ${PING}`
const QUERY = `37000000 01000000 00000000 d4070000 00000000 61646d696e2e24636d6400 00000000 ffffffff ${PING}`
const REPLY = `33000000 02000000 01000000 01000000 08000000 0000000000000000 00000000 01000000 ${PING}`

describe('what is MongoDB', () => {
  it.each([
    [message('00000000'), 'certain from client'],
    [message('06000000'), 'certain from server'],
    [QUERY, 'certain from client'],
    [REPLY, 'certain from server'],
    // flags that there are not
    [`24000000 07000000 00000000 dd070000 00000080 00 ${PING}`, 'not'],
    [`24000000 07000000 00000000 d3070000 00000000 00 ${PING}`, 'not'],
    [`00000000 07000000 00000000 dd070000 00000000 00 ${PING}`, 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(mongodb, hex(bytes), { dstPort: 27017 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) =>
    expect(probeText(mongodb, bytes, { dstPort: 27017 })).toBe('not'),
  )

  it('has its length from the header', () => {
    expect(mongodb.length!(hex(message('00000000')), 0, 16)).toBe(36)
    expect(mongodb.length!(hex(message('00000000')), 0, 15)).toBe(0)
    expect(mongodb.length!(new Uint8Array(16), 0, 16)).toBe(-1)
  })
})
