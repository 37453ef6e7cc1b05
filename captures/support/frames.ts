/** Everything that builds bytes of a frame, for the make.ts files. */
export * from './bytes.ts'
export * from './internet.ts'
export * from './link.ts'
export * from './wrap.ts'
