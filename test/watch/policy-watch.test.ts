import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { PolicyWatch } from '../../src/cli/policy-watch.ts'
import { ROOT, scratch } from '../support/command.ts'

const folder = scratch()
afterAll(folder.remove)

const GOOD = readFileSync(join(ROOT, 'captures/it-to-plc/site.yaml'), 'utf8')
const of = (site: string): string => GOOD.replace('site: Dairy, filling hall', `site: ${site}`)

type Told = { site: string } | { mistakes: number; text: string }

let path: string
let runs = 0
let told: Told[]
let watch: PolicyWatch

/** So many looks at the file. */
const look = (times = 1): void => {
  for (let i = 0; i < times; i++) vi.advanceTimersByTime(1000)
}
/** Waits for what is told next; the one after it is told by another call. */
async function next(): Promise<Told> {
  await expect.poll(() => told.length, { timeout: 20_000 }).toBeGreaterThan(0)
  return told.shift()!
}

function begin(): void {
  watch = new PolicyWatch(path, {
    onPolicy: ({ site }) => told.push({ site: site ?? '' }),
    onRefused: issues => told.push({ mistakes: issues.mistakes, text: issues.text }),
  })
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  path = join(folder.path, `site${++runs}.yaml`)
  told = []
  writeFileSync(path, GOOD)
  begin()
})
afterEach(() => {
  watch.stop()
  vi.useRealTimers()
})

it('says nothing while the file is as it was, and reads one that has changed once it rests', async () => {
  look(10)
  writeFileSync(path, of('Mill'))
  look()
  // it is still being written
  writeFileSync(path, of('Old mill'))
  look()
  look()
  expect(await next()).toEqual({ site: 'Old mill' })
  look(10)
  writeFileSync(path, of('Bakery'))
  look(2)
  expect(await next()).toEqual({ site: 'Bakery' })
})

it('reads a file that was put in its place, or that a link leads to now', async () => {
  const other = `${path}.new`
  writeFileSync(other, of('Mill'))
  renameSync(other, path)
  look(2)
  expect(await next()).toEqual({ site: 'Mill' })
  rmSync(path)
  mkdirSync(`${path}.d`)
  writeFileSync(`${path}.d/site.yaml`, of('Bakery'))
  symlinkSync(`${path}.d/site.yaml`, path)
  look(2)
  expect(await next()).toEqual({ site: 'Bakery' })
})

it('reads it when it is told to, changed or not, and then not once more', async () => {
  await watch.read()
  expect(told.splice(0)).toEqual([{ site: 'Dairy, filling hall' }])
  writeFileSync(path, of('Mill'))
  await watch.read()
  look(3)
  writeFileSync(path, of('Bakery'))
  look(2)
  expect([await next(), await next()]).toEqual([{ site: 'Mill' }, { site: 'Bakery' }])
  expect(told).toEqual([])
})

it('reads it once more where it is told to while it reads', async () => {
  const reading = watch.read()
  writeFileSync(path, of('Mill'))
  for (let i = 0; i < 5; i++) void watch.read()
  await reading
  expect(told).toHaveLength(2)
  expect(told[1]).toEqual({ site: 'Mill' })
})

it('tells all mistakes of a file that cannot be used, once, and goes on looking', async () => {
  writeFileSync(path, of('Mill').replace('sl_t: 1', 'sl_t: 9').replace('from: operations', 'from: nowhere'))
  look(2)
  const refused = await next()
  expect(refused).toMatchObject({ mistakes: 2, text: expect.stringMatching(/sl_t[\s\S]*nowhere/) })
  look(5)
  writeFileSync(path, of('Mill'))
  look(2)
  expect(await next()).toEqual({ site: 'Mill' })
})

it('tells that the file is gone, and reads it when it is back', async () => {
  rmSync(path)
  look(2)
  expect(await next()).toMatchObject({ mistakes: 1, text: expect.stringContaining(path) })
  look(5)
  writeFileSync(path, of('Mill'))
  look(2)
  expect(await next()).toEqual({ site: 'Mill' })
})

it('looks no more when it is stopped, and tells no more what it was reading', async () => {
  writeFileSync(path, of('Mill'))
  const reading = watch.read()
  watch.stop()
  await reading
  expect(vi.getTimerCount()).toBe(0)
  expect(told).toEqual([])
})
