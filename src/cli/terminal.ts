/** Whether to colour what goes to a stream: a terminal, and nobody asked for none (https://no-color.org). */
export const usesColour = (stream: { isTTY?: boolean }): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
