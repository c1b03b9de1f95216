import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'

import { createLogger, format, transports, type Logger } from 'winston'

const CALLERS = 256

/**
 * Logs records by winston's File transport, many at a time, and waits until the file holds every line. Nothing of it is
 * synced to disk: that is how winston works.
 */
export async function logToFile(
  path: string,
  records: { readonly count: number; readonly make: (at: number) => object },
): Promise<void> {
  const transport = new transports.File({ filename: path })
  const logger = createLogger({ format: format.json(), transports: [transport] })
  const finished = once(transport, 'finish')
  const logged = new Promise<void>((resolve) => {
    let lines = 0
    transport.on('logged', () => ++lines === records.count && resolve())
  })
  for (let at = 0; at < records.count; at++) {
    logger.info(records.make(at))
    if (at % CALLERS === CALLERS - 1) await pause(logger)
  }
  // Ended any earlier, it throws "write after end" for the lines that it still holds.
  await logged
  logger.end()
  await finished
}

/** Lets the streams write, and waits when they say that they hold too much. */
async function pause(logger: Logger): Promise<void> {
  await new Promise(setImmediate)
  if (logger.writableLength >= logger.writableHighWaterMark) await once(logger, 'drain')
}

/** Counts the lines that reached the file, and removes it. */
export async function takeLineCount(path: string): Promise<number> {
  const file = await open(path)
  let lines = 0
  for await (const _line of file.readLines()) lines++
  await rm(path)
  return lines
}
