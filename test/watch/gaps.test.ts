import { describe, expect, it } from 'vitest'
import type { GapRecord } from '../../src/records.ts'
import { Gaps } from '../../src/watch/gaps.ts'

const AT = Date.parse('2026-10-01T08:00:00Z')

/** Gaps with what was told of them, as it was told then. */
function gaps(): { gaps: Gaps; told: GapRecord[] } {
  const told: GapRecord[] = []
  return { gaps: new Gaps(gap => told.push(structuredClone(gap))), told }
}

describe('a gap', () => {
  it('is told when it opens, and again with its end and what was lost when it is over', () => {
    const { gaps: all, told } = gaps()
    all.begin('frames-lost', AT, { interface: 'eth1' })
    all.lost('frames-lost', 'eth1', { frames: 1200 })
    all.lost('frames-lost', 'eth1', { frames: 1 })
    all.end('frames-lost', AT + 2500, 'eth1')
    const message = 'Frames came faster to eth1 than they could be taken in.'
    expect(told).toEqual([
      {
        type: 'gap',
        gap: 1,
        cause: 'frames-lost',
        interface: 'eth1',
        start: '2026-10-01T08:00:00.000Z',
        message,
      },
      {
        type: 'gap',
        gap: 1,
        cause: 'frames-lost',
        interface: 'eth1',
        start: '2026-10-01T08:00:00.000Z',
        end: '2026-10-01T08:00:02.500Z',
        frames_lost: 1201,
        message: `${message} Lost: 1,201 frames.`,
      },
    ])
    // what a summary holds is what was told last
    expect(all.list).toEqual([told[1]])
  })

  it('keeps the order of its keys, whatever was known when', () => {
    const { gaps: all, told } = gaps()
    all.begin('sensor-died', AT, { detail: 'it was ended by SIGKILL' })
    all.lost('sensor-died', undefined, { frames: 3, conversations: 1 })
    all.end('sensor-died', AT)
    expect(Object.keys(told[1])).toEqual([
      ...['type', 'gap', 'cause', 'start', 'end', 'frames_lost', 'conversations_lost', 'message'],
    ])
    expect(told[1].message).toBe(
      'The sensor process has died (it was ended by SIGKILL); what it knew of open conversations is lost. ' +
        'Lost: 3 frames and the state of 1 conversation.',
    )
  })

  it('opens once', () => {
    const { gaps: all, told } = gaps()
    all.begin('interface-down', AT, { interface: 'eth1' })
    all.begin('interface-down', AT + 1, { interface: 'eth1' })
    expect(told).toHaveLength(1)
    expect(all.total).toBe(1)
    expect(all.isOpen('interface-down', 'eth1')).toBe(true)
    expect(all.isOpen('interface-down', 'eth2')).toBe(false)
  })

  it('is one of its interface and cause', () => {
    const { gaps: all, told } = gaps()
    all.begin('interface-down', AT, { interface: 'eth1' })
    all.begin('interface-down', AT, { interface: 'eth2' })
    all.begin('frames-lost', AT, { interface: 'eth1' })
    all.end('interface-down', AT + 1, 'eth2')
    expect(told.map(({ gap }) => gap)).toEqual([1, 2, 3, 2])
    expect(all.isOpen('interface-down', 'eth1')).toBe(true)
    expect(all.isOpen('frames-lost', 'eth1')).toBe(true)
    expect(all.isOpen('interface-down', 'eth2')).toBe(false)
  })

  it('that is not open does not end, and loses nothing', () => {
    const { gaps: all, told } = gaps()
    all.end('worker-died', AT)
    all.lost('worker-died', undefined, { conversations: 4 })
    expect(told).toEqual([])
    expect(all.list).toEqual([])
  })

  it('that opens again is another one', () => {
    const { gaps: all, told } = gaps()
    for (let i = 0; i < 2; i++) {
      all.begin('worker-died', AT, { detail: 'thrown' })
      all.lost('worker-died', undefined, { conversations: 5 })
      all.end('worker-died', AT)
    }
    expect(told.map(({ gap }) => gap)).toEqual([1, 1, 2, 2])
    expect(all.list.map(gap => gap.conversations_lost)).toEqual([5, 5])
  })
})

describe('all gaps of a run', () => {
  it('are over when the run is', () => {
    const { gaps: all, told } = gaps()
    all.begin('interface-gone', AT, { interface: 'eth1' })
    all.begin('worker-died', AT)
    all.close(AT + 1000)
    expect(told.slice(2).map(({ cause, end }) => [cause, end])).toEqual([
      ['interface-gone', '2026-10-01T08:00:01.000Z'],
      ['worker-died', '2026-10-01T08:00:01.000Z'],
    ])
    all.close(AT + 2000)
    expect(told).toHaveLength(4)
  })

  it('are counted, also where there are too many to be kept', () => {
    const { gaps: all, told } = gaps()
    for (let i = 0; i < 1500; i++) {
      all.begin('worker-died', AT + i)
      all.end('worker-died', AT + i)
    }
    expect(all.total).toBe(1500)
    expect(all.list).toHaveLength(1000)
    expect(told).toHaveLength(3000)
  })
})
