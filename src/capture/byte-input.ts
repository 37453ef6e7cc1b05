/**
 * Bytes of one input in order, from wherever they come. `read` puts at most `length` bytes at `into[at]` and answers how
 * many: at least one, or 0 at the end. Input that grows answers as soon as there is something. Throws ReadFault.
 */
export interface ByteInput {
  read(into: Uint8Array, at: number, length: number): number | Promise<number>
  /** bytes taken from disk or pipe so far */
  readonly taken: number
  /** lets go of descriptors; may be called twice */
  close(): void
}

/** Reading cannot go on. The message is a reason as `Damage` gives it: without file name and offset. */
export class ReadFault extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'ReadFault'
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'part of the path is a file, not a directory',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the device reports an input/output error',
  ENXIO: 'it is a socket or a device that cannot be read',
  ESTALE: 'the file server no longer knows it',
  EBUSY: 'another program holds it',
}

/** A system error in plain words, e.g. "permission denied". */
export function plainReason(error: unknown): string {
  if (error instanceof ReadFault) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  return (code !== undefined && REASONS[code]) || message || String(error)
}
