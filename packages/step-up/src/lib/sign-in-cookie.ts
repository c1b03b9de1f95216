import type { Json, Store } from '@sallyport/store'
import type { Request, Response } from 'express'

import type { Core } from './options.ts'

/** One sign-in that waits for its answer. It is nowhere but in the browser: who is nobody yet makes nothing be written. */
export interface OpenSignIn {
  /** The challenge's id: good for one answer, whatever came of it. */
  readonly id: string
  readonly factor: string
  /** What the factor's `start` made. */
  readonly state: Json
  /** Milliseconds since the epoch. */
  readonly until: number
  /** Where the person goes afterwards: a checked path of this application. */
  readonly returnTo: string
}

/** What the cookies are made with. */
type Sealing = Pick<Core, 'keyring' | 'origin'> & { readonly store: Pick<Store, 'now'> }

const CONTEXT = 'step-up.sign-in'
const MAX_OPEN = 4
// The whole header line, attributes included: browsers drop what is longer.
const MAX_COOKIE = 4_096
const MAX_COOKIES = 100

/**
 * Reads the open sign-ins of a browser, the oldest first. A cookie that was not sealed here holds none.
 *
 * @param core For the key ring.
 * @param req The request; its cookie is controlled by the client, and good for nothing unless our own key sealed it.
 */
export async function readOpenSignIns(core: Sealing, req: Request): Promise<readonly OpenSignIn[]> {
  const sealed = cookieOf(req.headers.cookie, cookieName(core))
  if (sealed === undefined) return []

  try {
    return parseOpen(await core.keyring.unseal(CONTEXT, sealed))
  } catch (error) {
    // Not ours, or of a key that is gone. Anything else is trouble of the key ring itself.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_KEYRING_UNSEAL') return []
    throw error
  }
}

/**
 * Gives a browser its open sign-ins: at most four, so that a few tabs do not disturb each other. The oldest go first, also
 * where all of them would not fit into one cookie. An empty list takes the cookie away.
 */
export async function writeOpenSignIns(core: Sealing, res: Response, open: readonly OpenSignIn[]): Promise<void> {
  const now = core.store.now()
  let kept = open.filter(({ until }) => until > now).slice(-MAX_OPEN)
  let cookie = await formatCookie(core, kept)
  while (cookie.length > MAX_COOKIE && kept.length > 1) {
    kept = kept.slice(1)
    cookie = await formatCookie(core, kept)
  }
  if (cookie.length > MAX_COOKIE) throw new Error('writeOpenSignIns: the state of a factor is too large for a cookie')
  res.append('Set-Cookie', cookie)
}

async function formatCookie(core: Sealing, open: readonly OpenSignIn[]): Promise<string> {
  const secure = isSecure(core) ? '; Secure' : ''
  const value = open.length === 0 ? '' : await core.keyring.seal(CONTEXT, Buffer.from(JSON.stringify(open)))
  const end = open.length === 0 ? '; Max-Age=0' : ''
  return `${cookieName(core)}=${value}; Path=/${end}; HttpOnly; SameSite=Lax${secure}`
}

/** With `__Host-`, nobody but this very host can have set it (RFC 6265bis §4.1.3.2); plain http does not know that. */
function cookieName(core: Sealing): string {
  return `${isSecure(core) ? '__Host-' : ''}sallyport-sign-in`
}

function isSecure({ origin }: Sealing): boolean {
  return origin.startsWith('https:')
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';', MAX_COOKIES)) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}

/** Reads what `formatCookie` wrote; nothing for anything else, though only our own key can have sealed it. */
function parseOpen(bytes: Uint8Array): readonly OpenSignIn[] {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
  return Array.isArray(value) && value.every(isOpenSignIn) ? value : []
}

function isOpenSignIn(value: unknown): value is OpenSignIn {
  if (typeof value !== 'object' || value === null || !('state' in value)) return false
  const of = (name: string): unknown => Reflect.get(value, name)
  return ['id', 'factor', 'returnTo'].every((name) => typeof of(name) === 'string') && Number.isSafeInteger(of('until'))
}
