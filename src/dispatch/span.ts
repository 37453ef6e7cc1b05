/** First and last moment of the frames looked at. */
export class Span {
  any = false
  firstSeconds = 0
  firstNanos = 0
  lastSeconds = 0
  lastNanos = 0

  note(seconds: number, nanos: number): void {
    if (!this.any) {
      this.any = true
      this.firstSeconds = this.lastSeconds = seconds
      this.firstNanos = this.lastNanos = nanos
    } else if (seconds > this.lastSeconds || (seconds === this.lastSeconds && nanos > this.lastNanos)) {
      this.lastSeconds = seconds
      this.lastNanos = nanos
    } else if (seconds < this.firstSeconds || (seconds === this.firstSeconds && nanos < this.firstNanos)) {
      this.firstSeconds = seconds
      this.firstNanos = nanos
    }
  }
}
