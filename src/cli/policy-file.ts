import { fork } from 'node:child_process'
import { closeSync, openSync, readSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sanitise } from '../finding/words.ts'
import { type CheckOptions, checkPolicy } from '../policy/check.ts'
import { POLICY_SIZE_LIMIT } from '../policy/document.ts'
import type { Issue, Model } from '../policy/model.ts'
import { issuesText } from './issues.ts'

const PIECE = 65_536

/** A policy that was read: its text, all issues, and the model where there are no errors. */
export interface PolicyFile {
  text: string
  issues: Issue[]
  model?: Model
}

export type LoadedPolicy =
  | { model: Model; text: string }
  | { model?: undefined; issuesText: string; mistakes: number }

/**
 * Reads and checks the policy in a file for a command that needs one. Where it has mistakes, `issuesText` tells all of
 * them and what happens `without` the policy, for standard error; warnings are the business of `policy check`. Does not throw.
 */
export function loadPolicy(path: string, colour: boolean, without = 'nothing was judged'): LoadedPolicy {
  const file = readPolicy(path, { errorsOnly: true })
  if (typeof file === 'string') return { issuesText: file, mistakes: 1 }
  const { model, text } = file
  if (model !== undefined) return { model, text }
  const errors = file.issues.filter(({ severity }) => severity === 'error')
  const told = issuesText(errors, { fileName: path, text }, colour)
  const count = errors.length === 1 ? '1 mistake' : `${errors.length} mistakes`
  return {
    mistakes: errors.length,
    issuesText: `${told}\nconduitwatch: ${count} in the policy ${sanitise(path)}, ${without}\n`,
  }
}

/** What `loadPolicy` is to do. */
export interface PolicyTask {
  path: string
  colour: boolean
  without: string
}

/** milliseconds a policy may take to be read and checked */
const LONGEST_READ = 60_000
const isSource = import.meta.url.endsWith('.ts')
const READER = fileURLToPath(
  new URL(isSource ? '../policy-reader.ts' : './policy-reader.js', import.meta.url),
)

/**
 * `loadPolicy` in a process of its own: whoever watches goes on meanwhile, and keeps none of the memory it took. Rejects when
 * that process cannot do it, or not in time, and when the signal comes.
 */
export function loadPolicyApart(task: PolicyTask, signal?: AbortSignal): Promise<LoadedPolicy> {
  return new Promise((resolve, reject) => {
    const reader = fork(READER, {
      serialization: 'advanced',
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' }),
    })
    // a pipe that nobody writes to, or a disk that does not answer, must not be waited for
    let isLate = false
    const late = setTimeout(() => {
      isLate = true
      reader.kill('SIGKILL')
    }, LONGEST_READ)
    const over = (error: Error): void => {
      clearTimeout(late)
      reject(error)
    }
    reader.once('message', loaded => {
      clearTimeout(late)
      resolve(loaded as LoadedPolicy)
    })
    // there may be several: it could not be started, and could not be told anything
    reader.on('error', error =>
      over(new Error(`no process could be started to read the policy: ${error.message}`)),
    )
    reader.once('close', (status, ended) => {
      const how = ended === null ? `ended with status ${status}` : `was ended by ${ended}`
      over(
        new Error(
          isLate
            ? `the policy ${sanitise(task.path)} could not be read within ${LONGEST_READ / 1000} s`
            : `the process that reads the policy ${how}`,
        ),
      )
    })
    // one that could not be started has nothing to be told by
    if (reader.connected) reader.send(task, () => {})
  })
}

/** Reads and checks a policy file. A file that cannot be read at all gives a sentence, ready for standard error. */
export function readPolicy(path: string, options: CheckOptions = {}): PolicyFile | string {
  const text = readText(path)
  if (typeof text === 'object') return `conduitwatch: ${sanitise(text.fault)}\n`
  return { text, ...checkPolicy(text, path, options) }
}

function readText(path: string): string | { fault: string } {
  let bytes: Buffer
  try {
    bytes = readBytes(path)
  } catch (error) {
    return { fault: whyUnread(path, error as NodeJS.ErrnoException) }
  }
  if (bytes.length > POLICY_SIZE_LIMIT)
    return { fault: `the policy ${path} is larger than 10 MB, which is no site policy` }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return { fault: `the policy ${path} is UTF-16 text; save it as UTF-8` }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { fault: `the policy ${path} is not UTF-8 text` }
  }
}

/** The bytes of a file or pipe, at most one more than a policy may have: what never ends is not read to its end. */
function readBytes(path: string): Buffer {
  const descriptor = openSync(path, 'r')
  try {
    const pieces: Buffer[] = []
    let size = 0
    while (size <= POLICY_SIZE_LIMIT) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, POLICY_SIZE_LIMIT + 1 - size))
      const length = readSync(descriptor, piece)
      if (length === 0) break
      pieces.push(piece.subarray(0, length))
      size += length
    }
    return Buffer.concat(pieces)
  } finally {
    closeSync(descriptor)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'there is no permission to read it',
  EPERM: 'there is no permission to read it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
}

function whyUnread(path: string, error: NodeJS.ErrnoException): string {
  return `cannot read the policy ${path}: ${REASONS[error.code ?? ''] ?? error.message}`
}
