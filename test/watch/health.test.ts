import { expect, it } from 'vitest'
import { MirrorHealth } from '../../src/watch/health.ts'

const AT = Date.parse('2026-10-01T08:00:00Z')
const MESSAGE = { message: 'It has sent frames ({what}).' }

it('tells one finding for each kind and interface, with what it was of and how often', () => {
  const health = new MirrorHealth('Dairy')
  health.note('mirror-transmits', 'ARP', AT, { interface: 'eth1', ...MESSAGE })
  health.note('mirror-transmits', 'DHCP', AT + 1000, { interface: 'eth1', count: 4, ...MESSAGE })
  health.note('mirror-transmits', 'ARP', AT + 2000, { interface: 'eth1', ...MESSAGE })
  const [finding, ...rest] = health.records('0123456789ab')
  expect(rest).toEqual([])
  expect(finding).toEqual({
    type: 'finding',
    finding_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    kind: 'mirror-transmits',
    severity: 'medium',
    first: '2026-10-01T08:00:00.000Z',
    last: '2026-10-01T08:00:02.000Z',
    count: 6,
    subject: { interface: 'eth1', what: ['DHCP (4)', 'ARP (2)'] },
    message: 'It has sent frames (DHCP and ARP).',
    evidence: [{ interface: 'eth1', time: '2026-10-01T08:00:00.000Z' }],
    policy_id: '0123456789ab',
  })
})

it('gives a finding an id that depends on the site, the kind and the interface, and on nothing else', () => {
  const id = (site: string, kind: 'mirror-loss' | 'mirror-down', name: string, at = AT): string => {
    const health = new MirrorHealth(site)
    health.note(kind, 'x', at, { interface: name, message: '' })
    return health.records(undefined)[0].finding_id
  }
  const ids = [
    id('Dairy', 'mirror-loss', 'eth1'),
    id('Mill', 'mirror-loss', 'eth1'),
    id('Dairy', 'mirror-down', 'eth1'),
    id('Dairy', 'mirror-loss', 'eth2'),
  ]
  expect(new Set(ids).size).toBe(4)
  expect(id('Dairy', 'mirror-loss', 'eth1', AT + 5)).toBe(ids[0])
})

it('has no policy id where nothing is judged', () => {
  const health = new MirrorHealth('')
  health.note('mirror-down', 'down', AT, { interface: 'eth1', message: '' })
  expect(health.records(undefined)[0]).not.toHaveProperty('policy_id')
})

it('names twenty things at most and counts all', () => {
  const health = new MirrorHealth('')
  for (let i = 0; i < 50; i++)
    health.note('mirror-transmits', `UDP to port ${i}`, AT, { interface: 'eth1', ...MESSAGE })
  const [{ count, subject, message }] = health.records(undefined)
  expect(count).toBe(50)
  expect(subject.what).toHaveLength(20)
  expect(message.length).toBeLessThan(200)
})
