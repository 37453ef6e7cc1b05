import { Supervisor } from '../../../src/watch/supervisor.ts'

/**
 * Runs in a sensor's namespace: `supervise INTERFACE` watches with a worker that dies when it is told to (environment: FATE),
 * or another one of this folder (WORKER), says what `watch -f jsonl` says, and ends when its input does.
 */
const say = (record: object): void => {
  process.stdout.write(`${JSON.stringify(record)}\n`)
}

const supervisor = new Supervisor({
  version: 'test',
  interfaces: [process.argv[2]],
  mode: 'mirror',
  model: undefined,
  snapLength: 262_144,
  captureBy: 'ring',
  ringBytes: 256 << 20,
  rings: 1,
  withLines: false,
  withAssets: false,
  statusEvery: 1000,
  ...(process.env.HUNG_AFTER === undefined ? {} : { hungAfter: Number(process.env.HUNG_AFTER) }),
  worker: new URL(process.env.WORKER ?? 'dying-worker.ts', import.meta.url).href,
  on: {
    finding: say,
    gap: say,
    status: say,
    line: () => {},
    policy: () => {},
    started: () => say({ type: 'started' }),
    failed: reason => say({ type: 'failed', reason }),
  },
})
supervisor.start()
process.stdin.resume().once('end', async () => {
  const { summary } = await supervisor.stop()
  say(summary)
  process.exit(0)
})
