import { createHash, timingSafeEqual } from 'node:crypto'

import type { Request } from 'express'

import type { Core } from './options.ts'
import type { LiveSession } from './session-state.ts'
import type { FactorInput } from './types.ts'

const MAX_FIELDS = 32
const MAX_FIELD_LENGTH = 4_096

/** The token that every form of our pages carries: the same for all tabs of a session and through its rotations. */
export async function formToken(core: Core, session: LiveSession): Promise<string> {
  return await core.keyring.pseudonym('step-up.csrf', session.record.lineage)
}

/**
 * Tells whether a POST comes from this application's own pages: the browser names no other origin, and the body has the
 * form's token, or is JSON, which no foreign page can send without being asked first.
 */
export async function isOwnForm(core: Core, session: LiveSession, req: Request): Promise<boolean> {
  if (!isSameOrigin(core, req)) return false
  if (typeof req.is('json') === 'string') return true

  const body: unknown = req.body
  const token = typeof body === 'object' && body !== null && '_csrf' in body ? body._csrf : undefined
  return typeof token === 'string' && equalTexts(token, await formToken(core, session))
}

/** Reads what a person or program sent: named texts and nothing else; `undefined` for any other shape. */
export function readInput(req: Request): FactorInput | undefined {
  const body: unknown = req.body
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined

  const entries = Object.entries(body).filter(([name]) => name !== '_csrf')
  if (entries.length > MAX_FIELDS) return undefined

  const input: Record<string, string> = {}
  for (const [name, value] of entries) {
    if (typeof value !== 'string' || value.length > MAX_FIELD_LENGTH) return undefined
    Object.defineProperty(input, name, { value, enumerable: true })
  }
  return input
}

function isSameOrigin(core: Core, req: Request): boolean {
  const site = req.get('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'

  const origin = req.get('origin')
  return origin === undefined || origin === core.origin
}

// Over digests, so that neither length nor content shows in the time.
function equalTexts(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
