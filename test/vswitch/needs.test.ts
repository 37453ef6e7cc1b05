import { expect, it } from 'vitest'
import { type Machine, missingFor } from './lab/needs.ts'

const able: Machine = { platform: 'linux', uid: 0, has: () => true, refusal: () => undefined }

it('says in a sentence why the lab cannot run on a machine', () => {
  expect(missingFor('switch', able)).toBeUndefined()
  expect(missingFor('switch', { ...able, platform: 'darwin', uid: 501 })).toMatch(/only Linux has$/)
  expect(missingFor('wire', { ...able, uid: 1000 })).toBe('the lab has to be run by root')
  expect(missingFor('wire', { ...able, refusal: () => 'Operation not permitted' })).toBe(
    'no network namespace can be made here: Operation not permitted',
  )
})

it('names the packages that are missing, and asks for no switch where a wire is enough', () => {
  const has = (program: string): boolean => !program.startsWith('ovs') && program !== 'trafgen'
  expect(missingFor('switch', { ...able, has })).toBe(
    'the lab needs trafgen, ovsdb-tool, ovsdb-server, ovs-vswitchd, ovs-vsctl, ovs-appctl ' +
      '(apt-get install netsniff-ng openvswitch-common openvswitch-switch)',
  )
  expect(missingFor('wire', { ...able, has })).toBe('the lab needs trafgen (apt-get install netsniff-ng)')
})
