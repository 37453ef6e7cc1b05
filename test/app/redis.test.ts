import { describe, expect, it } from 'vitest'
import { redis } from '../../src/app/it/redis.ts'
import { probeText } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

describe('what is Redis', () => {
  it.each([
    ['*1\r\n$4\r\nPING\r\n', 'certain from client'],
    ['*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n', 'certain from client'],
    ['*2\r\n$5\r\n12345\r\n', 'unsure'],
    ['*2\r\n:1\r\n:2\r\n', 'unsure'],
    ['+PONG\r\n', 'unsure from server'],
    ['-ERR unknown command\r\n', 'unsure from server'],
    ['$-1\r\n', 'unsure from server'],
    [':1000\r\n', 'unsure from server'],
    ['+OK', 'not'],
    ['*x\r\n$4\r\nPING\r\n', 'not'],
    ['PING\r\n', 'not'],
  ])('%j: %s', (text, what) => {
    expect(probeText(redis, Uint8Array.from(Buffer.from(text)), { dstPort: 6379 })).toBe(what)
  })

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(redis, bytes, { dstPort: 6379 })).toBe('not'))
})
