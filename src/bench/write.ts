import { closeSync, openSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { bytesText } from '../finding/words.ts'
import { reasonOf } from '../sink/line-writer.ts'
import { captureBlocks, pcapHeader, type Written } from './capture.ts'
import { benchError } from './child.ts'
import type { Traffic } from './traffic.ts'

/** pieces of the capture after which others get a turn: signals, the status line */
const BREATHER = 16

/**
 * Writes a capture. Throws a BenchError where there is no room for it, before the disk is filled where that can be told,
 * and the signal's reason when it is aborted; what was written by then stays.
 */
export async function writeCapture(
  path: string,
  traffic: Traffic,
  frames: number,
  signal?: AbortSignal,
): Promise<Written> {
  const descriptor = open(path)
  try {
    const blocks = captureBlocks(traffic, frames)
    for (let number = 0; ; number++) {
      const { value, done } = blocks.next()
      if (done === true) return value
      put(path, descriptor, value)
      if (number % BREATHER !== 1) continue
      if (number === 1) checkRoom(path, value, frames)
      await setImmediate()
      signal?.throwIfAborted()
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Writes a capture that has no frames. */
export const writeEmptyCapture = (path: string): void => writeText(path, pcapHeader())

/** Writes a small file. */
export function writeText(path: string, text: string | Uint8Array): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

function put(path: string, descriptor: number, block: Uint8Array): void {
  try {
    for (let done = 0; done < block.length; ) done += writeSync(descriptor, block, done)
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

const WAY_OUT = 'fewer --frames take less, and TMPDIR names another place'

function cannotWrite(path: string, error: unknown): Error {
  return benchError(`cannot write a capture in ${dirname(path)}: ${reasonOf(error)}; ${WAY_OUT}`)
}

/** The first block tells how large the file becomes. */
function checkRoom(path: string, block: Uint8Array, frames: number): void {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  let records = 0
  for (let at = 0; at < block.length; records++) at += 16 + view.getUint32(at + 8, true)
  const { bavail, bsize } = statfsSync(dirname(path))
  const needed = (block.length / records) * frames
  if (needed > bavail * bsize)
    throw benchError(
      `there is no room for a capture of ${bytesText(needed)} in ${dirname(path)}, which has ${bytesText(bavail * bsize)}; ${WAY_OUT}`,
    )
}
