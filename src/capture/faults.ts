import type { FileReport } from './source.ts'

/** Damage entries kept for one file; what comes after is counted. */
const MOST_DAMAGE = 16
const MOST_COMMENTS = 8
const COMMENT_CHARACTERS = 500

const INTEGER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 1234567 -> "1,234,567". */
export const digits = (n: number): string => INTEGER.format(n)

/** "1 frame", "12 frames". */
export const counted = (n: number, one: string): string => `${digits(n)} ${one}${n === 1 ? '' : 's'}`

/** An empty report for an input called `name` of `bytes` bytes on disk. */
export function newReport(name: string, bytes: number): FileReport {
  return {
    name,
    bytes,
    format: 'unknown',
    frames: 0,
    wireBytes: 0,
    reportedLost: 0,
    names: new Map(),
    comments: [],
    damage: [],
    notes: [],
  }
}

/** Adds a place of damage, unless there are many. */
export function addDamage(report: FileReport, offset: number, reason: string): void {
  if (report.damage.length < MOST_DAMAGE) report.damage.push({ file: report.name, offset, reason })
}

/** Adds a comment of the capture's author, unless there are many or it is there. */
export function addComment(report: FileReport, text: string): void {
  const comment = text.trim().slice(0, COMMENT_CHARACTERS)
  if (comment !== '' && report.comments.length < MOST_COMMENTS && !report.comments.includes(comment))
    report.comments.push(comment)
}
