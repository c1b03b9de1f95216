import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import { RESUME_FIELD } from './action.ts'
import { LIMITS } from './limits.ts'
import { localPath } from './negotiation.ts'
import type { Core } from './options.ts'
import type { ShownAction } from './page-models.ts'
import { newId } from './random.ts'
import { readRecord, writeRecord, type Kept, type StashRecord } from './records.ts'
import type { LiveSession } from './session-state.ts'

/** A kept form, opened: where it was going, what it held, and what it is, if it is an action. */
export interface KeptForm {
  readonly url: string
  readonly action: ShownAction | null
  readonly fields: readonly (readonly [name: string, value: string])[]
}

/** What a form is kept for. */
export interface StashPurpose {
  readonly digest: string
  /** The browser's keyed id; a form is shown to this browser alone, not to whoever has the session's cookie. */
  readonly device: string | null
}

/**
 * Takes the fields of a form that can be sent again exactly as they came.
 *
 * @param req A request with a parsed body.
 * @param action What the form asks for, to be shown again.
 * @returns The form, or `undefined` when it would not survive: files, nested or repeated fields, other bodies, too large.
 */
export function keepableForm(req: Request, action: ShownAction | null): KeptForm | undefined {
  const body: unknown = req.body
  if (req.method !== 'POST' || typeof req.is('urlencoded') !== 'string') return undefined
  if (typeof body !== 'object' || body === null) return undefined
  // Raw clients can ask for a whole URL; only a path of ours is an address that a form may go to.
  if (localPath(req.originalUrl) === undefined) return undefined

  const fields: (readonly [string, string])[] = []
  for (const [name, value] of Object.entries(body)) {
    if (name === RESUME_FIELD) continue
    if (typeof value !== 'string') return undefined
    fields.push([name, value])
  }
  const shown = action && { name: action.name, show: action.show }
  const form = { url: req.originalUrl, action: shown, fields }
  return fields.length <= LIMITS.stashFields && Buffer.byteLength(JSON.stringify(form)) <= LIMITS.stashBytes
    ? form
    : undefined
}

/** Makes the write that keeps a form, sealed, for as long as its step-up can be passed and confirmed. */
export async function stashForm(
  core: Core,
  session: LiveSession,
  kept: { readonly form: KeptForm; readonly purpose: StashPurpose },
): Promise<{ readonly id: string; readonly write: Write }> {
  const now = core.store.now()
  const id = newId(now, core.randomBytes)
  const { user, lineage } = session.record
  const sealed = await core.keyring.seal(sealContext(id, kept.purpose), Buffer.from(JSON.stringify(kept.form)))
  const until = now + LIMITS.stepUpMs
  const record: StashRecord = { user, lineage, ...kept.purpose, sealed, until }
  return {
    id,
    write: {
      op: 'put',
      key: ['stash', id],
      value: writeRecord('stash', record),
      expect: null,
      expiresAt: until,
      atExpiry: 'drop',
    },
  }
}

/**
 * Finds a kept form for a session and browser.
 *
 * @param id From the address or the form; controlled by the client.
 * @returns The record, or `undefined` when there is none for exactly this session, user and browser.
 */
export async function findStash(
  core: Core,
  session: LiveSession,
  lookup: { readonly id: string; readonly device: string | null },
): Promise<Kept<StashRecord> | undefined> {
  if (!/^[0-9A-Z]{26}$/.test(lookup.id)) return undefined

  const [found] = await core.store.get([['stash', lookup.id]])
  const stash = readRecord('stash', found)
  const { user, lineage } = session.record
  if (stash?.value.user !== user || stash.value.lineage !== lineage || stash.value.device !== lookup.device)
    return undefined
  return stash
}

/** Opens a kept form. */
export async function openStash(core: Core, stash: Kept<StashRecord>): Promise<KeptForm> {
  const bytes = await core.keyring.unseal(sealContext(stash.key[1] ?? '', stash.value), stash.value.sealed)
  const form: KeptForm = JSON.parse(Buffer.from(bytes).toString('utf8'))
  return form
}

// Whatever the record says was sealed with it: a record moved or edited opens nothing.
function sealContext(id: string, { digest, device }: StashPurpose): string {
  return `step-up.stash ${id} ${digest} ${device ?? '-'}`
}
