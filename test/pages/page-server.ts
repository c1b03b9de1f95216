import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ANSWER_HEADERS, pageHeaders } from '../../packages/step-up/src/lib/pages/headers.ts'
import { defaultTemplate } from '../../packages/step-up/src/pages.ts'
import type { Page } from '../../packages/step-up/src/pages.ts'

/** A form that a page has sent. */
export interface Posted {
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
}

/** A server that shows pages with their real headers, without anything behind them. */
export interface PageServer {
  /** `http://localhost:<port>`: a name on which browsers allow passkeys. */
  readonly url: string
  /** What was sent so far, the oldest first. */
  readonly posted: readonly Posted[]
  close(): Promise<void>
}

/**
 * Serves pages by their names. Forms may be sent anywhere below `/posted/` and are answered with a page.
 *
 * @param pages by the path without its slash.
 */
export async function servePages(pages: ReadonlyMap<string, Page>): Promise<PageServer> {
  const posted: Posted[] = []
  const server = createServer((req, res) => {
    void answer(req, res, { pages, posted })
  })
  await new Promise<void>((done) => server.listen(0, 'localhost', done))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('servePages: the server has no port')
  return {
    url: `http://localhost:${address.port}`,
    posted,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

const DONE: Page = { page: 'message', status: 200, message: 'cancelled', code: 'POSTED' }

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { pages, posted }: { readonly pages: ReadonlyMap<string, Page>; readonly posted: Posted[] },
): Promise<void> {
  const { pathname } = new URL(req.url ?? '/', 'http://localhost')
  if (req.method === 'POST') posted.push({ path: pathname, fields: await readFields(req) })
  const page = pathname.startsWith('/posted/') ? DONE : pages.get(pathname.slice(1))
  if (page === undefined) res.writeHead(404).end()
  else show(req, res, page)
}

function show(req: IncomingMessage, res: ServerResponse, page: Page): void {
  const nonce = randomBytes(18).toString('base64url')
  const languages = (req.headers['accept-language'] ?? '').split(',').map((part) => part.split(';')[0]?.trim() ?? '')
  const document = defaultTemplate(page, { nonce, languages, mount: '/' })
  const headers = { ...ANSWER_HEADERS, ...pageHeaders(page, nonce, document) }
  res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...headers }).end(document)
}

async function readFields(req: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(Buffer.from(chunk))
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')))
}
