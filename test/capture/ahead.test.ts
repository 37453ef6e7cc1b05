import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { Ahead } from '../../src/capture/ahead.ts'
import { Scratch, timed } from './support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())

/** Files of this process whose path ends like this. */
const openOnes = (end: string): number =>
  readdirSync('/proc/self/fd').filter(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).endsWith(end)
    } catch {
      return false
    }
  }).length

it('opens what is due next, lets go of it, and keeps quiet about what is not there', async context => {
  if (process.platform !== 'linux') context.skip('open files are counted in /proc, which only Linux has')
  const ahead = new Ahead()
  const path = scratch.file('next.pcap', timed(Array.from({ length: 50_000 }, (_, i) => i)))
  ahead.start(path)
  let seen = 0
  for (let i = 0; i < 200 && seen === 0; i++) {
    await setTimeout(0)
    seen = openOnes('next.pcap')
  }
  expect(seen).toBe(1)
  for (let i = 0; i < 200 && openOnes('next.pcap') > 0; i++) await setTimeout(5)
  expect(openOnes('next.pcap')).toBe(0)
  ahead.start(`${path}.none`)
  await setTimeout(20)
})
