/** Milliseconds of the machine's steady clock, the same in every process of it. */
export function steadyNow(): number {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1000 + nanos / 1e6
}
