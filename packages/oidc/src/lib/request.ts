import { contextOf } from '@sallyport/audit/context'
import type { Request } from 'express'
import type { FlowRequest } from './login-flow.ts'

const MAX_QUERY = 16_384

/** What a request's step of the flow needs: its cookies, and its context for the ledger. */
export function flowRequest(req: Request): FlowRequest {
  return {
    context: contextOf(req),
    cookies: { header: req.headers.cookie, set: (cookie) => void req.res?.append('Set-Cookie', cookie) },
  }
}

/** The raw query: what a body or a query parser of the application makes of it does not count. */
export function queryOf(req: Request): URLSearchParams {
  const at = req.originalUrl.indexOf('?')
  const query = at < 0 ? '' : req.originalUrl.slice(at + 1)
  return new URLSearchParams(query.length > MAX_QUERY ? '' : query)
}
