import { once } from 'node:events'

import express from 'express'

import { OidcError, type OidcErrorCode } from '../../packages/oidc/src/index.ts'
import { sendProblem, type Problem } from '../../packages/oidc/src/lib/problem-page.ts'

/** A server with a page for everything that goes wrong at the first door. */
export interface ProblemPages {
  /** Addresses of the pages. */
  readonly addresses: readonly string[]
  close(): void
}

const AT_LOGIN: readonly OidcErrorCode[] = [
  'ERR_OIDC_TRANSACTION_UNKNOWN',
  'ERR_OIDC_TRANSACTION_EXPIRED',
  'ERR_OIDC_TRANSACTION_USED',
  'ERR_OIDC_SIGNATURE',
  'ERR_OIDC_PROVIDER_UNAVAILABLE',
  'ERR_OIDC_DENIED',
  'ERR_OIDC_ACR',
  'ERR_OIDC_AUTH_TIME',
  'ERR_OIDC_INTERACTION_REQUIRED',
  'ERR_OIDC_USER_REFUSED',
  'ERR_OIDC_ORIGIN',
  'ERR_OIDC_PROVIDER_UNKNOWN',
]
const AT_STEP_UP: readonly OidcErrorCode[] = [
  'ERR_OIDC_ACR',
  'ERR_OIDC_AUTH_TIME',
  'ERR_OIDC_DENIED',
  'ERR_OIDC_WRONG_SUBJECT',
  'ERR_OIDC_SESSION_CHANGED',
  'ERR_OIDC_STEP_UP_ENDED',
  'ERR_OIDC_TICKET',
  'ERR_OIDC_SIGNATURE',
]
const AT_LINK: readonly OidcErrorCode[] = [
  'ERR_OIDC_LINK_TAKEN',
  'ERR_OIDC_LINK_OWN',
  'ERR_OIDC_LINK_LIMIT',
  'ERR_OIDC_SIGNATURE',
]

/** Serves them, as the routes would. */
export async function serveProblems(): Promise<ProblemPages> {
  const app = express()
  const add = (during: Problem['during'], code: OidcErrorCode, signedIn?: string): string => {
    const path = `/${during ?? (signedIn === undefined ? 'login' : 'signed-in')}/${code}`
    const { status } = new OidcError(code)
    app.get(path, (req, res) => sendProblem(req, res, { code, status, during, startUrl: '/', signedIn }))
    return path
  }
  const paths = [
    ...AT_LOGIN.map((code) => add(undefined, code)),
    ...AT_STEP_UP.map((code) => add('step_up', code)),
    ...AT_LINK.map((code) => add('link', code)),
    add(undefined, 'ERR_OIDC_TRANSACTION_UNKNOWN', '/'),
  ]
  const server = app.listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    addresses: paths.map((path) => `http://localhost:${port}${path}`),
    close: () => server.close().closeAllConnections(),
  }
}
