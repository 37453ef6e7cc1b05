import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { CLASSES, MOST_RINGS, ofRing, PAGE_BYTES, Page, READ } from '../../src/live/page.ts'

it('holds what was written, for everybody who looks', () => {
  const memory = new SharedArrayBuffer(PAGE_BYTES)
  const writer = new Page(memory)
  const reader = new Page(memory)
  writer.cells[ofRing(MOST_RINGS - 1) + READ] = 2 ** 40 + 1
  writer.cells[CLASSES] = 7
  reader.read()
  expect(reader.cells[CLASSES]).toBe(0)
  writer.write()
  reader.read()
  expect(reader.cells[ofRing(MOST_RINGS - 1) + READ]).toBe(2 ** 40 + 1)
  expect(reader.cells[CLASSES]).toBe(7)
  expect(new Page(memory).cells).toEqual(writer.cells)
})

it('goes on from what another one had written', () => {
  const memory = new SharedArrayBuffer(PAGE_BYTES)
  for (let life = 1; life <= 5; life++) {
    const writer = new Page(memory)
    expect(writer.cells[CLASSES]).toBe((life - 1) * 3)
    for (let i = 0; i < 3; i++) {
      writer.cells[CLASSES]++
      writer.write()
    }
  }
})

it('is whole though the writer ended in the middle of a change', () => {
  const memory = new SharedArrayBuffer(PAGE_BYTES)
  const writer = new Page(memory)
  writer.cells.fill(4)
  writer.write()
  // every word but the first, which says what is whole, is where a writer may have left off
  const words = new Int32Array(memory)
  const before = words.slice()
  writer.cells.fill(5)
  writer.write()
  words[0] = before[0]
  expect(new Set(new Page(memory).cells)).toEqual(new Set([4]))
})

it('is never read half written', async () => {
  const memory = new SharedArrayBuffer(PAGE_BYTES)
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const writer = new Worker(new URL('page-writer.ts', import.meta.url), { workerData: { memory, stop } })
  const ended = once(writer, 'exit')
  const reader = new Page(memory)
  const seen = new Set<number>()
  let last = 0
  while (seen.size < 5000) {
    await new Promise(resolve => setImmediate(resolve))
    for (let i = 0; i < 100; i++) {
      reader.read()
      const [value] = reader.cells
      if (!reader.cells.every(cell => cell === value)) throw new Error(`torn: ${[...new Set(reader.cells)]}`)
      if (value < last) throw new Error(`${value} after ${last}`)
      last = value
      seen.add(value)
    }
  }
  Atomics.store(stop, 0, 1)
  await ended
  reader.read()
  // the writer wrote far more often than it was looked at: looks fell into the middle of writes
  expect(reader.cells[0]).toBeGreaterThan(last - 1)
}, 60_000)
