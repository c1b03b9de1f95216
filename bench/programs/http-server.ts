import { once } from 'node:events'
import { createServer } from 'node:http'

import type { Express } from 'express'

import type { Program } from '../support/child-process.ts'

/** An application that is measured: `GET /login` signs a visitor in, `GET /private` is the guarded route. */
export interface MeasuredApp {
  readonly app: Express
  /** Entries that the ledger holds, where there is one. */
  entries(): Promise<number>
  close(): Promise<void>
}

/** What the parent may ask of a server. */
export type ServerQuestion = { readonly ask: 'start'; readonly folder: string } | { readonly ask: 'entries' }

/** Makes the program that serves an application on a free port of the loopback. Answers its port, or the entries. */
export function createHttpServer(open: (folder: string) => Promise<MeasuredApp>): Program<ServerQuestion, number> {
  let measured: MeasuredApp | undefined
  return {
    async answer(question): Promise<number> {
      if (question.ask === 'entries') return (await measured?.entries()) ?? 0
      measured = await open(question.folder)
      const server = createServer(measured.app).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : 0
    },
    async close(): Promise<void> {
      await measured?.close()
    },
  }
}
