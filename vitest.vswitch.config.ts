import { defineConfig } from 'vitest/config'

/** Tests with a real switch: they need root, and the machine to themselves, one file after the other. */
export default defineConfig({
  test: {
    include: ['test/vswitch/**/*.test.ts'],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // real processes on a machine that others may keep busy: what fails for that reason does not fail three times
    retry: 2,
  },
})
