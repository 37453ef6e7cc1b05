import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as D from '../../src/app/deeds.ts'
import * as A from '../../src/net/actions.ts'

const NOWHERE = { frame: 1, port: 0, seconds: 0, nanos: 0 }

const rows = (deeds: D.Deeds) =>
  Array.from({ length: deeds.size }, (_, i) => {
    const at = i * D.DEED_WORDS
    const w = deeds.words
    return {
      fn: w[at + D.FN],
      first: w[at + D.FIRST],
      last: w[at + D.LAST],
      times: w[at + D.TIMES],
      flags: w[at + D.FLAGS],
    }
  })

describe('deeds', () => {
  it('are one entry each, counted', () => {
    const deeds = new D.Deeds()
    const add = (fn: number, first: number) => {
      deeds.begin()
      return deeds.add(A.READ, fn, 1, 4, first, first + 9, NOWHERE, false)
    }
    expect([add(3, 0), add(3, 10), add(3, 0), add(4, 0)]).toEqual([true, true, false, true])
    expect(deeds.size).toBe(3)
    expect(deeds.counts[12]).toBe(4)
  })

  it('several of one PDU count as one PDU and as one action', () => {
    const deeds = new D.Deeds()
    deeds.begin()
    for (let i = 0; i < 5; i++) deeds.add(A.READ, 4, -1, 1, i * 10, i * 10, NOWHERE, false)
    expect(deeds.counts[12]).toBe(1)
    const pdus = Array.from({ length: deeds.size }, (_, i) => deeds.words[i * D.DEED_WORDS + D.PDUS])
    expect(pdus).toEqual([1, 0, 0, 0, 0])
  })

  it('answers go to what was asked first, also where requests run ahead', () => {
    const deeds = new D.Deeds()
    const ask = (first: number) => {
      deeds.begin()
      deeds.add(A.WRITE, 6, 1, 4, first, first, NOWHERE, false)
    }
    ask(1)
    ask(2)
    deeds.answer(6, 1, false, A.WRITE, NOWHERE)
    deeds.answer(6, 1, true, A.WRITE, NOWHERE)
    ask(1) // its answer is lost
    ask(2)
    ask(1)
    deeds.answer(6, 1, false, A.WRITE, NOWHERE)
    const told = Array.from({ length: deeds.size }, (_, i) => [
      deeds.words[i * D.DEED_WORDS + D.ANSWERED],
      deeds.words[i * D.DEED_WORDS + D.REFUSED],
    ])
    expect(told).toEqual([
      [1, 0],
      [1, 1],
    ])
  })

  it('an answer to what nobody was seen to ask shows the function', () => {
    const deeds = new D.Deeds()
    expect(deeds.answer(16, 1, false, A.WRITE, NOWHERE)).toBe(true)
    deeds.begin()
    expect(deeds.answer(16, 1, false, A.WRITE, NOWHERE)).toBe(false)
    expect(deeds.actions).toBe(A.WRITE)
    expect(deeds.counts[3]).toBe(2)
  })

  it('however many there are: bounded, no action lost, and every number within an entry of its function', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            action: fc.constantFrom(A.READ, A.WRITE, A.PROGRAM),
            fn: fc.integer({ min: 0, max: 60 }),
            unit: fc.integer({ min: -1, max: 3 }),
            first: fc.integer({ min: 0, max: 500 }),
            length: fc.integer({ min: 0, max: 5 }),
          }),
          { maxLength: 400 },
        ),
        all => {
          const deeds = new D.Deeds()
          for (const { action, fn, unit, first, length } of all) {
            deeds.begin()
            deeds.add(action, fn, unit, 4, first, first + length, NOWHERE, false)
          }
          expect(deeds.size).toBeLessThanOrEqual(D.MOST_DEEDS)
          expect(deeds.actions).toBe(all.reduce((bits, { action }) => bits | action, 0))
          expect(rows(deeds).reduce((sum, { times }) => sum + times, 0)).toBe(all.length)
          const isCoarse = rows(deeds).some(({ flags }) => (flags & D.COARSE) !== 0)
          for (const { fn, first, length } of all)
            expect(
              isCoarse ||
                rows(deeds).some(row => row.fn === fn && row.first <= first && row.last >= first + length),
            ).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('stretches that meet are joined exactly; only where that is not enough loosely', () => {
    const deeds = new D.Deeds()
    for (let i = 0; i < 200; i++) deeds.add(A.READ, 3, 1, 4, i * 2, i * 2 + 1, NOWHERE, false)
    expect(rows(deeds).every(({ flags }) => (flags & D.LOOSE) === 0)).toBe(true)
    const gaps = new D.Deeds()
    for (let i = 0; i < 200; i++) gaps.add(A.READ, 3, 1, 4, i * 4, i * 4 + 1, NOWHERE, false)
    expect(rows(gaps).some(({ flags }) => (flags & D.LOOSE) !== 0)).toBe(true)
  })

  it('before a function is given up, what others were done to is: those keep their numbers', () => {
    const deeds = new D.Deeds()
    for (let area = 0; area < 60; area++) {
      deeds.begin()
      deeds.add(A.READ, 1, 0, area, 5, 9, NOWHERE, false)
    }
    for (let fn = 2; fn < 50; fn++) {
      deeds.begin()
      deeds.add(A.WRITE, fn, 0, 3, 7, 7, NOWHERE, false)
      deeds.answer(fn, 0, true, A.WRITE, NOWHERE)
    }
    deeds.begin()
    deeds.add(A.READ, 1, 0, 99, 1, 1, NOWHERE, false)
    const [first, ...others] = rows(deeds).sort((a, b) => a.fn - b.fn)
    expect([first.fn, first.times, (first.flags & D.COARSE) !== 0]).toEqual([1, 61, true])
    expect(others.map(({ fn }) => fn)).toEqual(Array.from({ length: 48 }, (_, i) => i + 2))
    expect(others.every(({ times, first: at, flags }) => times === 1 && at === 7 && flags === 0)).toBe(true)
  })
})
