import { randomBytes } from 'node:crypto'

import { appendSynced } from '../peers/synced-file.ts'
import { logToFile, takeLineCount } from '../peers/winston-file.ts'
import type { Program } from '../support/child-process.ts'
import { perSecond } from '../support/rounds.ts'

/** So many lines into a new file, each like the model but with an id, time and number of its own. */
export interface LogOrder {
  readonly path: string
  readonly count: number
  readonly model: Readonly<Record<string, unknown>>
}

/** Makes the program that logs by winston. Answers lines a second, until the file holds all of them. */
export function createWinstonWriter(): Program<LogOrder, number> {
  return {
    async answer({ path, count, model }): Promise<number> {
      const startedAt = performance.now()
      await logToFile(path, { count, make: (at) => likeModel(model, at) })
      const figure = perSecond(count, startedAt)
      const lines = await takeLineCount(path)
      if (lines !== count) throw new Error(`winston wrote ${lines} of ${count} lines before it finished`)
      return figure
    },
    close: async () => undefined,
  }
}

/** Makes the program that writes and syncs as fast as the disk allows. Answers lines a second. */
export function createSyncedWriter(): Program<LogOrder, number> {
  return {
    async answer({ path, count, model }): Promise<number> {
      const startedAt = performance.now()
      appendSynced(path, { count, make: (at) => likeModel(model, at) })
      return perSecond(count, startedAt)
    },
    close: async () => undefined,
  }
}

function likeModel(model: LogOrder['model'], at: number): object {
  return {
    ...model,
    at: new Date().toISOString(),
    id: randomBytes(16).toString('base64url'),
    writer: { boot: model['id'], id: 'bench', seq: at },
  }
}
