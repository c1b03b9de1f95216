import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'

import { createLogger, format, transports } from 'winston'

/**
 * Logs records by winston's File transport, many at a time, and waits until the file holds every line. Nothing of it is
 * synced to disk: that is how winston works.
 */
export async function logToFile(
  path: string,
  records: { readonly count: number; make(at: number): object },
): Promise<void> {
  const transport = new transports.File({ filename: path })
  const logger = createLogger({ format: format.json(), transports: [transport] })
  const finished = once(transport, 'finish')
  for (let at = 0; at < records.count; at++) {
    logger.info(records.make(at))
    // As many callers as the others have; and the stream gets its chance to write.
    if (at % 256 === 255) await new Promise(setImmediate)
  }
  logger.end()
  await finished
}

/** Counts the lines that reached the file, and removes it. */
export async function takeLineCount(path: string): Promise<number> {
  const file = await open(path)
  let lines = 0
  for await (const _line of file.readLines()) lines++
  await rm(path)
  return lines
}
