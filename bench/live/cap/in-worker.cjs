// Whether cap works in a worker thread: node in-worker.cjs INTERFACE FOLDER. Says how many events came; exits by itself, or does not.
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads')

if (isMainThread) {
  const [device, folder] = process.argv.slice(2)
  const worker = new Worker(__filename, { workerData: { device, folder } })
  // as any program does now and then
  setInterval(() => {}, 100)
  worker.on('message', events => {
    console.log(`${events} events`)
    process.exit()
  })
} else {
  const { device, folder } = workerData
  const { Cap } = createRequire(join(folder, 'package.json'))('cap')
  const capture = new Cap()
  let events = 0
  capture.on('packet', () => events++)
  capture.open(device, '', 1 << 20, Buffer.alloc(65_535))
  setTimeout(() => parentPort.postMessage(events), 1500)
}
