import { createHash } from 'node:crypto'

import { canonicalize } from '@sallyport/audit'
import type { Keyring } from '@sallyport/keyring'
import type { Request } from 'express'

import { StepUpError } from './errors.ts'
import type { BoundAction } from './records.ts'
import { checkName, type ActionDescription } from './requirement.ts'

/** The hidden field of a resumed form: which kept form it is. It is no part of what is approved. */
export const RESUME_FIELD = '_sallyport_resume'

/** What an approval is bound to beside the action itself. */
export interface Binding {
  readonly user: string
  /** Body fields that the approval does not cover. */
  readonly csrfFields: readonly string[]
}

/** The context of the pseudonym that stands for an action in the ledger. */
export const DIGEST_CONTEXT = 'step-up.action'
const MAX_SHOWN = 16
const MAX_SHOWN_LENGTH = 512

/**
 * Makes sure that the application's description of an action meets a parsed body: nothing sent is an empty one.
 *
 * @throws `StepUpError` with `ERR_STEP_UP_BODY_UNPARSED` when no parser has run (500), or none took this kind of body (415).
 */
export function requireParsedBody(req: Request): void {
  if (req.body !== undefined) return
  if (!hasBody(req)) {
    req.body = {}
    return
  }
  throw new StepUpError(
    'ERR_STEP_UP_BODY_UNPARSED',
    'The body was not parsed, so it cannot be bound: mount requireStepUp after express.json() and express.urlencoded().',
    // A parser that ran leaves the property: then it is the client that sent a kind of body which the route does not take.
    { status: 'body' in req ? 415 : 500 },
  )
}

/**
 * Binds an action to its request: the digest covers user, method, path, query, the whole parsed body and what is shown,
 * so that an approval of one transfer is good for no other.
 *
 * @param req The request, after the application's parsers; its content is controlled by the client.
 * @param description What the application says of the action.
 * @param binding The user, and what the approval leaves out.
 * @returns The action as it is shown and stored.
 * @throws `StepUpError` with `ERR_STEP_UP_BODY_UNPARSED` when no parser has run (500) or none took this kind of body
 * (415), `ERR_STEP_UP_BODY_UNBOUND` (400) when the body has no canonical form or a value cannot be shown, `ERR_STEP_UP_OPTION` when the description is malformed.
 */
export function bindAction(req: Request, description: ActionDescription, binding: Binding): BoundAction {
  checkName('the name of an action', description.name)
  refuseUnbound(req, description)
  const show = shownValues(description)
  const digest = hashAction({
    body: description.bind === undefined ? boundBody(req, binding.csrfFields) : description.bind,
    method: req.method,
    name: description.name,
    path: req.originalUrl.split('?', 1)[0] ?? '',
    query: req.query,
    show,
    user: binding.user,
  })
  return { name: description.name, show, digest }
}

/** All that an approval is bound to, as an auditor may have kept it apart from the application. */
export interface ApprovedAction {
  /** The application's own id of the person. */
  readonly user: string
  readonly method: string
  /** The concrete path as it was requested, without the query. */
  readonly path: string
  /** As Express parsed it: an empty object when there was none. */
  readonly query: unknown
  /** As the application parsed it, without CSRF and resume fields, or what its `bind` gave: an empty object when nothing was sent. */
  readonly body: unknown
  /** The name of the action. */
  readonly name: string
  /** Labels and values as the person saw them, in order, every value as text. */
  readonly show: readonly (readonly [string, string])[]
}

/**
 * Computes the digest of an action as it stands in the ledger (`step_up.required`, `access.allowed`), so that an auditor who
 * holds the key ring can tell whether an approval was for this action and no other.
 *
 * @param keyring The application's key ring.
 * @param action The whole action; one changed character gives other digests.
 * @returns The digest under every pseudonym key, the newest first.
 * @throws `StepUpError` with `ERR_STEP_UP_BODY_UNBOUND` when the action has no canonical form.
 */
export async function actionDigest(keyring: Keyring, action: ApprovedAction): Promise<readonly string[]> {
  return await keyring.pseudonyms(DIGEST_CONTEXT, hashAction(action))
}

/** What is hashed of an action; the members are in the order of their canonical form. */
function hashAction({ body, method, name, path, query, show, user }: ApprovedAction): string {
  const shown = show.map(([label, value]) => [label, value])
  const bound = { body: canonicalBody(body), method, name, path, query: canonicalBody(query), show: shown, user }
  return createHash('sha256').update(canonical(bound)).digest('base64url')
}

// What stands beside the body is bound to nothing: files of an upload, and a query that the application leaves unparsed.
function refuseUnbound(req: Request, { bind }: ActionDescription): void {
  const files: unknown = Reflect.get(req, 'files')
  const hasQuery = /\?./.test(req.originalUrl) && Object.keys(req.query).length === 0
  const count = typeof files === 'object' && files !== null ? Object.keys(files).length : 0
  const hasFiles = Reflect.get(req, 'file') !== undefined || count > 0
  if (!hasQuery && (!hasFiles || bind !== undefined)) return
  throw new StepUpError(
    'ERR_STEP_UP_BODY_UNBOUND',
    'Uploaded files and an unparsed query cannot be bound to an approval: bind them yourself by `bind`, or send them by a request of their own.',
    { status: 400 },
  )
}

function shownValues({ show }: ActionDescription): readonly (readonly [string, string])[] {
  const entries = Object.entries(show)
  if (entries.length > MAX_SHOWN)
    throw new StepUpError('ERR_STEP_UP_OPTION', `An action shows at most ${MAX_SHOWN} values.`)
  // The values come from the request; what cannot be shown whole must not be approved.
  return entries.map(([label, value]) => {
    const text = shownText(value)
    if (text === undefined || text.length > MAX_SHOWN_LENGTH)
      throw new StepUpError('ERR_STEP_UP_BODY_UNBOUND', 'A value has no short text that could be shown for approval.', {
        status: 400,
      })
    return [label, text]
  })
}

function shownText(value: unknown): string | undefined {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value.toWellFormed()
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

function boundBody(req: Request, csrfFields: readonly string[]): unknown {
  const body: unknown = req.body
  if (typeof body !== 'object' || body === null || Array.isArray(body) || body instanceof Uint8Array) return body

  return Object.fromEntries(
    Object.entries(body).filter(([name]) => name !== RESUME_FIELD && !csrfFields.includes(name)),
  )
}

function hasBody(req: Request): boolean {
  return req.get('transfer-encoding') !== undefined || Number(req.get('content-length') ?? 0) > 0
}

/** A body in a form that can be hashed: bytes by their text form, nothing as null, everything else as parsed. */
function canonicalBody(body: unknown): unknown {
  if (body instanceof Uint8Array) return { bytes: Buffer.from(body).toString('base64url') }
  return body ?? null
}

function canonical(value: unknown): string {
  try {
    return canonicalize(value)
  } catch (cause) {
    throw new StepUpError(
      'ERR_STEP_UP_BODY_UNBOUND',
      'The request cannot be bound to an approval: it has no canonical form.',
      { cause, status: 400 },
    )
  }
}
