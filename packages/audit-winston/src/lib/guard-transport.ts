import type { Writable } from 'node:stream'

type Done = (error?: Error | null) => void

/**
 * Makes a transport tell when it has dealt with something, and keeps an exception in it from doing harm.
 *
 * winston passes on what a transport's `log` or format throws without completing the write: depending on the moment,
 * that ends the process or leaves the transport stuck for ever. From here on it becomes the transport's `error` event.
 *
 * @param transport A transport of the logger; its two write methods are replaced on this one object.
 * @param settled Called after each write that the transport completed.
 * @param failing Called with the error when it completes one with an error, before that becomes an event.
 */
export function guardTransport(
  transport: Writable,
  settled: () => void,
  failing: (error: Error) => void = () => undefined,
): void {
  const write = transport._write.bind(transport)
  const writev = transport._writev?.bind(transport)
  transport._write = (chunk, encoding, callback) => {
    attempt(callback, (done) => write(chunk, encoding, done))
  }
  if (writev !== undefined) {
    transport._writev = (chunks, callback) => {
      attempt(callback, (done) => writev(chunks, done))
    }
  }

  function attempt(callback: Done, action: (done: Done) => void): void {
    let completed = false
    const done: Done = (error) => {
      if (completed) return
      completed = true
      if (error) failing(error)
      callback(error)
      settled()
    }
    try {
      action(done)
    } catch (error) {
      // When a format throws, winston completes the write first; the error must still be heard.
      if (completed) transport.emit('error', error)
      else done(error instanceof Error ? error : new Error('A transport threw something that is no error.'))
    }
  }
}
