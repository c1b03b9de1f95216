/**
 * The worker thread that owns the writing connection: one message a batch, one transaction a batch, and housekeeping in
 * between. Started by `writer-thread.ts`, which is its only correspondent.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Housekeeper } from './housekeeper.ts'
import { formatFailure, unavailable } from './sqlite-errors.ts'
import type { WriterReply, WriterRequest } from './wire.ts'
import { WriteSession } from './write-session.ts'

const { path }: { readonly path: string } = workerData
const session = new WriteSession(path)
const housekeeper = new Housekeeper(session, () => performance.now())

function answer(request: WriterRequest): WriterReply {
  if (request.kind === 'close') {
    housekeeper.stop()
    session.close()
    return { kind: 'closed' }
  }
  const result = session.run(request)
  housekeeper.batchEnded(request)
  return result.ok
    ? { kind: 'done', answers: JSON.stringify(result.answers) }
    : { kind: 'failed', failure: result.failure }
}

function start(): WriterReply {
  try {
    session.start()
    housekeeper.opened()
    return { kind: 'ready' }
  } catch (error) {
    return { kind: 'failed', failure: formatFailure(unavailable(error)) }
  }
}

parentPort?.on('message', (request: WriterRequest) => {
  parentPort?.postMessage(answer(request))
  if (request.kind === 'close') parentPort?.close()
})
parentPort?.postMessage(start())
