/** The frame at hand: when it was seen, and where it stands. One instance, filled anew for each; shared by what looks at it. */
export class Now {
  /** time */
  seconds = 0
  nanos = 0
  /** number in its capture, and port of its source */
  frame = 0
  port = 0
  /** frames of the stream before it */
  sequence = 0
  /** rows that ended on account of it */
  ends = 0
}
