/**
 * NFS and what belongs to it: RFC 1094 (version 2), RFC 1813 (version 3, appendix I the mount protocol), RFC 8881 (version 4:
 * its compound calls are not taken apart), over ONC RPC (RFC 5531).
 *
 * Functions of `act`: NFS 100 x version + procedure (306 = version 3, read); mount 10000 + that; lock manager 20000 + that;
 * status monitor 30000 + that; access control lists 40000 + that. No units, no addresses.
 */
import * as A from '../../net/actions.ts'
import { u32 } from '../../wire/bytes.ts'
import { type Protocol, TCP, UDP } from '../protocol.ts'
import { fragmentLength, probeRpc, RPC_MEMORY, type RpcReader, readRpc } from './onc-rpc.ts'

/** program -> what its functions begin at */
const FIRST: Readonly<Record<number, number>> = {
  100003: 0,
  100005: 10_000,
  100021: 20_000,
  100024: 30_000,
  100227: 40_000,
}
const isProgram = (program: number): boolean => FIRST[program] !== undefined

/** not the owner, no permission, read only */
const REFUSALS = [1, 13, 30]

const READS = A.FILE | A.READ
const WRITES = A.FILE | A.WRITE
const VERSION_2: readonly (readonly [number, string])[] = [
  [A.DIAGNOSE, 'null'],
  [READS, 'get attributes'],
  [WRITES, 'set attributes'],
  [READS, 'root'],
  [READS, 'lookup'],
  [READS, 'read link'],
  [READS, 'read'],
  [WRITES, 'write to cache'],
  [WRITES, 'write'],
  [WRITES, 'create'],
  [WRITES, 'remove'],
  [WRITES, 'rename'],
  [WRITES, 'link'],
  [WRITES, 'symbolic link'],
  [WRITES, 'make directory'],
  [WRITES, 'remove directory'],
  [READS, 'read directory'],
  [READS, 'file system attributes'],
]
const VERSION_3: readonly (readonly [number, string])[] = [
  [A.DIAGNOSE, 'null'],
  [READS, 'get attributes'],
  [WRITES, 'set attributes'],
  [READS, 'lookup'],
  [READS, 'access'],
  [READS, 'read link'],
  [READS, 'read'],
  [WRITES, 'write'],
  [WRITES, 'create'],
  [WRITES, 'make directory'],
  [WRITES, 'symbolic link'],
  [WRITES, 'make node'],
  [WRITES, 'remove'],
  [WRITES, 'remove directory'],
  [WRITES, 'rename'],
  [WRITES, 'link'],
  [READS, 'read directory'],
  [READS, 'read directory with attributes'],
  [READS, 'file system status'],
  [READS, 'file system information'],
  [READS, 'path configuration'],
  [WRITES, 'commit'],
]
const VERSION_4: readonly (readonly [number, string])[] = [
  [A.DIAGNOSE, 'null'],
  [A.FILE | A.UNKNOWN, 'compound'],
]
const MOUNT: readonly (readonly [number, string])[] = [
  [A.DIAGNOSE, 'mount null'],
  [A.SESSION, 'mount'],
  [A.DISCOVER, 'list mounts'],
  [A.SESSION, 'unmount'],
  [A.SESSION, 'unmount all'],
  [A.DISCOVER, 'list exports'],
]

const LISTS: readonly (readonly [number, string])[] = [
  [A.DIAGNOSE, 'access lists null'],
  [READS, 'get access list'],
  [WRITES, 'set access list'],
  [READS, 'get attributes'],
  [READS, 'access'],
]

function deed(fn: number): readonly [number, string] | undefined {
  const procedure = fn % 100
  if (fn >= 40_000) return LISTS[procedure]
  if (fn >= 20_000) return [A.SESSION, fn >= 30_000 ? 'status monitor' : 'lock manager']
  if (fn >= 10_000) return MOUNT[procedure]
  const version = Math.floor(fn / 100)
  return version === 2
    ? VERSION_2[procedure]
    : version === 3
      ? VERSION_3[procedure]
      : version === 4
        ? VERSION_4[procedure]
        : undefined
}

const reader: RpcReader = {
  call(_b, _at, _end, program, version, procedure, to) {
    const first = FIRST[program]
    if (first === undefined || version < 0 || version > 99 || procedure < 0 || procedure > 99) {
      to.act(A.UNKNOWN, 0, -1, -1, 0, 0)
      return 0
    }
    const fn = first + 100 * version + procedure
    to.act(deed(fn)?.[0] ?? A.UNKNOWN, fn, -1, -1, 0, 0)
    return fn
  },

  answer(b, at, end, kept, isRefused, to) {
    const status = kept < 10_000 && kept % 100 !== 0 && end - at >= 4 ? u32(b, at) : 0
    to.answer(kept, -1, isRefused || REFUSALS.includes(status))
  },
}

export const nfs: Protocol = {
  id: 'nfs',
  service: 'nfs',
  transports: [TCP, UDP],
  memory: RPC_MEMORY,
  probe: (b, at, end, carrier) => probeRpc(b, at, end, carrier, isProgram),
  length: fragmentLength,
  read: (b, at, end, _length, to) => readRpc(b, at, end, reader, to),
  functionName: fn => deed(fn)?.[1],
}
