import type { RequestHandler } from 'express'
import { WebAuthnError } from './errors.ts'
import { hostOfOrigin } from './origins.ts'

const PATH = '/.well-known/webauthn'

/**
 * Serves the list of origins elsewhere that may use this host's passkeys, at `/.well-known/webauthn`.
 *
 * Browsers read it from the `rpId` when a page of another site asks for its passkeys. It grants that site what the `rpId`
 * itself may do with them, so it names only sites that are as trusted. Browsers look at no more than the first few different
 * names (five at least) in it. The same origins go into the option `relatedOrigins` of `webauthn`, on every site.
 *
 * @param origins The https origins, exactly.
 * @returns The middleware, for `app.use` at the root of the host that is the `rpId`; every other path goes on.
 * @throws WebAuthnError `ERR_WEBAUTHN_OPTIONS` for an empty list, or what is no https origin.
 * @see WebAuthn L3 §5.11
 * @example
 * app.use(relatedOrigins(['https://bank.example.net']))
 */
export function relatedOrigins(origins: readonly string[]): RequestHandler {
  const isUsable = (origin: unknown): boolean =>
    typeof origin === 'string' && origin.startsWith('https://') && hostOfOrigin(origin) !== undefined
  if (!Array.isArray(origins) || origins.length === 0 || !origins.every(isUsable)) {
    throw new WebAuthnError('ERR_WEBAUTHN_OPTIONS', 'relatedOrigins takes a list of at least one https origin.')
  }
  const body = JSON.stringify({ origins })
  return function relatedOriginsMiddleware(req, res, next) {
    const path = `${req.baseUrl}${req.path}`.replace(/\/$/, '')
    if (path !== PATH || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    res.type('application/json').send(body)
  }
}
