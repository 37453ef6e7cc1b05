import { fileURLToPath } from 'node:url'
import { send, settled } from '../vswitch/lab/traffic.ts'
import { useLab } from '../vswitch/lab/use-lab.ts'
import { Wire } from '../vswitch/lab/wire.ts'
import type { Answer, Question } from './rings.ts'

const READER = fileURLToPath(new URL('rings.ts', import.meta.url))

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export type Captured = (frames: readonly Uint8Array[], question: Omit<Question, 'name'>) => Promise<Answer[]>

/**
 * Gives the tests that follow a wire, and a function that sends frames over it to rings at the other end and hands over what
 * those hold. Where a wire can't be made, each test is skipped with the reason.
 */
export function useRings(): Captured {
  let wire: Wire
  useLab('wire').prepare(lab => {
    // frames of tunnels are longer than what is in them
    wire = new Wire(lab, { mtu: 4000 })
  })
  return async (frames, question) => {
    const words = [process.execPath, READER, JSON.stringify({ name: 'eth0', ...question })]
    const reader = wire.sensor.namespace.start(words)
    await reader.says(/ready/)
    await send(wire.sender, frames)
    await settled(wire.sensor)
    reader.child.stdin!.end()
    const { stdout } = await reader.succeeded()
    return JSON.parse(stdout.slice(stdout.indexOf('\n') + 1)) as Answer[]
  }
}
