#!/usr/bin/env node
// The installed command. Written for any Node.js since version 6: an old one must get a sentence, not a stack trace.
var major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(`conduitwatch needs Node.js 24 or newer; this is ${process.versions.node}.`)
  process.exit(2)
}
import('../dist/main.js').catch(error => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  console.error('conduitwatch is not built here; run "npm start" or "npm run build" once in the checkout.')
  process.exit(2)
})
