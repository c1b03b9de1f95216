import type { Request } from 'express'

import type { Core } from './options.ts'
import { isOwnPost } from './same-origin.ts'
import type { LiveSession } from './session-state.ts'
import type { FactorInput } from './types.ts'

const MAX_FIELDS = 32
const MAX_FIELD_LENGTH = 32_768

/** The token that every form of our pages carries: the same for all tabs of a session and through its rotations. */
export async function formToken(core: Core, session: LiveSession): Promise<string> {
  return await core.keyring.pseudonym('step-up.csrf', session.record.lineage)
}

/**
 * Tells whether a POST comes from this application's own pages: the browser names no other origin, and the body has the
 * form's token, or is JSON, which no foreign page can send without being asked first.
 */
export async function isOwnForm(core: Core, session: LiveSession, req: Request): Promise<boolean> {
  return await isOwnPost(core, req, () => formToken(core, session))
}

/** Reads what a person or program sent: named texts and nothing else; `undefined` for any other shape. */
export function readInput(req: Request): FactorInput | undefined {
  const body: unknown = req.body
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined

  return copyInput(Object.entries(body).filter(([name]) => name !== '_csrf'))
}

/** Copies named texts, as many and as long as a factor may get; `undefined` for anything else. */
export function copyInput(entries: readonly (readonly [string, unknown])[]): FactorInput | undefined {
  if (entries.length > MAX_FIELDS) return undefined

  const input: Record<string, string> = {}
  for (const [name, value] of entries) {
    if (typeof value !== 'string' || value.length > MAX_FIELD_LENGTH) return undefined
    Object.defineProperty(input, name, { value, enumerable: true })
  }
  return input
}
