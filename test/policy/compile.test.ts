import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../src/policy/compile.ts'
import { mac, makeModel, type PolicySketch, range } from '../support/policy-models.ts'

const PLANT: PolicySketch = {
  zones: [
    { id: 'hmi', networks: ['10.0.2.0/24'], macs: ['00:00:00:00:02:00/40'] },
    { id: 'plc', networks: ['10.0.1.0/24', 'fd00:1::/64'], macs: ['00:00:00:00:01:00/40'] },
    { id: 'skid-1', networks: ['192.168.0.0/24'], context: { vlans: [201] } },
    { id: 'skid-2', networks: ['192.168.0.0/24'], context: { vlans: [202] } },
  ],
  assets: [
    { id: 'plc-1', zone: 'plc', addresses: ['10.0.1.11'], macs: ['00:00:00:00:02:99'] },
    { id: 'fw', addresses: ['10.0.1.1', '10.0.2.1'], macs: ['00:00:00:00:01:fe'] },
  ],
}

function disagree(address: string, hardware: string, vlans: number[] = []) {
  const model = makeModel(PLANT)
  const policy = compilePolicy(model)
  const { version, first } = range(address)
  const { high, low } = mac(hardware)
  const context = policy.contextOf(vlans, vlans.length, -1, -1)
  const found = policy.macDisagrees(version, first, context, high, low)
  return found && [model.zones[found.addressZone].id, model.zones[found.macZone].id]
}

describe('an address and the MAC bound to it', () => {
  it('disagree where their zones are known and differ', () => {
    expect(disagree('10.0.1.5', '00:00:00:00:02:05')).toEqual(['plc', 'hmi'])
    expect(disagree('fd00:1::5', '00:00:00:00:02:05')).toEqual(['plc', 'hmi'])
    // by the asset, not by the zone that has the prefix
    expect(disagree('10.0.2.5', '00:00:00:00:02:99')).toEqual(['hmi', 'plc'])
    expect(disagree('192.168.0.5', '00:00:00:00:02:05', [202])).toEqual(['skid-2', 'hmi'])
  })

  it('do not where they agree, or one of them is nowhere or undecided', () => {
    expect(disagree('10.0.1.5', '00:00:00:00:01:05')).toBeUndefined()
    expect(disagree('10.9.9.9', '00:00:00:00:01:05')).toBeUndefined()
    expect(disagree('10.0.1.5', '00:00:00:09:01:05')).toBeUndefined()
    expect(disagree('10.0.1.5', '00:00:00:00:00:00')).toBeUndefined()
    expect(disagree('192.168.0.5', '00:00:00:00:02:05')).toBeUndefined()
    expect(disagree('169.254.0.5', '00:00:00:00:02:05')).toBeUndefined()
  })

  it('say nothing about each other where a boundary is one of them', () => {
    expect(disagree('10.0.1.1', '00:00:00:00:02:05')).toBeUndefined()
    expect(disagree('10.0.2.5', '00:00:00:00:01:fe')).toBeUndefined()
  })
})

describe('an address in a place that is not known', () => {
  const cell = { id: 'cell', networks: ['192.168.0.0/28'], context: { vlans: [201] } }
  const skid = { id: 'skid', networks: ['192.168.0.0/24'], context: { vlans: [201] } }
  const wide = { id: 'wide', networks: ['192.168.0.0/16'], context: { vlans: [201, 300] } }
  const zoneOf = (zones: PolicySketch['zones'], address: string, vlans: number[]) => {
    const policy = compilePolicy(makeModel({ zones }))
    const { version, first } = range(address)
    return policy.zoneOf(version, first, policy.contextOf(vlans, vlans.length, -1, -1))
  }

  it('is in the smallest network, if no zone counts where that does not', () => {
    const zones = [cell, skid]
    expect(zoneOf(zones, '192.168.0.5', [])).toBe(0)
    expect(zoneOf(zones, '192.168.0.99', [])).toBe(1)
    expect(zoneOf(zones, '192.168.0.5', [300])).toBe(-1)
  })

  it('is open if one does', () => {
    const zones = [cell, skid, wide]
    expect(zoneOf(zones, '192.168.0.5', [])).toBe(-2)
    expect(zoneOf(zones, '192.168.0.5', [201])).toBe(0)
    expect(zoneOf(zones, '192.168.0.5', [300])).toBe(2)
  })
})
