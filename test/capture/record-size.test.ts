import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bytes, zeros } from '../../captures/support/bytes.ts'
import { Trace } from '../../captures/support/captures.ts'
import { pcapng } from '../../captures/support/pcapng.ts'
import { averageRecord } from '../../src/capture/record-size.ts'
import { pcapHeader, record } from './support.ts'

const pcap = bytes(pcapHeader(), record(1, 0, zeros(44)), record(2, 0, zeros(84)))

describe('the average record', () => {
  it('is told by those there are, the last one cut or not', () => {
    expect(averageRecord(pcap)).toBe(80)
    expect(averageRecord(pcap.subarray(0, pcap.length - 50))).toBe(80)
  })

  it('counts the blocks of pcapng', () => {
    const trace = new Trace('2026-03-01T12:00:00Z')
    for (let i = 0; i < 100; i++) trace.add(i, zeros(60))
    for (const bigEndian of [false, true]) {
      const average = averageRecord(pcapng(trace, { bigEndian, interfaces: [{ name: 'a' }] }))!
      expect(average).toBeGreaterThan(85)
      expect(average).toBeLessThan(100)
    }
  })

  it.each([
    ['a packed one', gzipSync(pcap)],
    ['a file header alone', pcapHeader()],
    ['nothing', new Uint8Array(0)],
    ['something else', bytes('#!/bin/sh\n')],
  ])('is not known of %s', (_, first) => {
    expect(averageRecord(first)).toBeUndefined()
  })
})
