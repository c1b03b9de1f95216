import type { Keyring } from '@sallyport/keyring'
import { sortableId, type Found, type Store } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import { parseEntry } from '../events/parse-entry.ts'
import { destroyAll, pagesOf, type DestroyParts } from './destroy-keys.ts'
import {
  ERASURE_PREFIX,
  erasureKey,
  erasureValue,
  newErasureId,
  readErasure,
  type ErasureRequest,
} from './erasure-record.ts'
import { readHolds } from './hold-record.ts'
import { holdOf } from './holds.ts'
import { personKeys } from './key-records.ts'
import type { Erased, Requester } from './privacy-contract.ts'
import { askedBy, requireUser } from './requester.ts'

/** What erasing needs. */
export interface ErasureParts extends DestroyParts {
  readonly store: Store
  readonly keyring: Keyring
  readonly commit: Audit['commit']
  /** Makes this process forget what it remembers of a person. */
  readonly forget: (user: string) => void
  /** For how many days the backups of the keys are kept. */
  readonly backupDays: number | undefined
}

const DAY_MS = 86_400_000
const PAGE = 100
// Others that place or release holds, or seal the record anew, meanwhile.
const TRIES = 100

/** Erases persons: the request is on record before the first key is destroyed, and goes with the word that it is done. */
export class Erasures {
  readonly #parts: ErasureParts

  constructor(parts: ErasureParts) {
    this.#parts = parts
  }

  /** See `AuditPrivacy.eraseSubject`. */
  async erase(user: string, by: Requester): Promise<Erased> {
    requireUser('user', user)
    const requested = event('privacy.erasure.requested', { ...askedBy(by), subject: user, data: {} })
    const { store, keyring, commit, randomBytes } = this.#parts
    const pseudonyms = await keyring.pseudonyms('audit.actor', user)
    for (let tries = 1; tries <= TRIES; tries++) {
      const { holds, check } = await readHolds(store)
      const hold = holdOf(holds, pseudonyms)
      if (hold !== undefined) return { ok: false, code: 'held', hold: hold.name }
      const under = (await store.get(pseudonyms.map(erasureKey))).find((one) => one !== undefined)
      // Somebody else's request is as good as ours: whoever ends it, ends it for both.
      if (under !== undefined) return await this.#complete(under, by)

      const request = { id: newErasureId(store.now(), randomBytes), user, by: by.user }
      const key = erasureKey(pseudonyms[0] ?? '')
      const put = { op: 'put', key, value: await erasureValue(keyring, request), expect: null } as const
      // The check decides between this and a hold that is placed in the same moment.
      await commit({ writes: [put, check], events: [requested] })
    }
    throw busy()
  }

  /** Tells whether there are erasures that have not ended. */
  async areWaiting(): Promise<boolean> {
    return (await this.#parts.store.list(ERASURE_PREFIX, { limit: 1 })).length > 0
  }

  /**
   * Goes on with every erasure that was interrupted; one of a person whom a hold covers meanwhile waits for its release.
   * Rejects when one of them cannot be read or ended, after it has tried them all.
   */
  async resume(): Promise<void> {
    const failures: unknown[] = []
    for await (const page of pagesOf(this.#parts.store, ERASURE_PREFIX, PAGE)) {
      for (const found of page) await this.#complete(found).catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }

  async #complete(found: Found, asking?: Requester): Promise<Erased> {
    const { store, keyring, forget } = this.#parts
    const request = await readErasure(keyring, found)
    const { id, user } = request
    const { holds } = await readHolds(store)
    const hold = holdOf(holds, await keyring.pseudonyms('audit.actor', user))
    if (hold !== undefined) return { ok: false, code: 'held', hold: hold.name }

    const names = await keyring.pseudonyms('audit.subject', user)
    const keys = await destroyAll(this.#parts, names.map(personKeys), id)
    forget(user)
    const by = asking !== undefined && asking.user === request.by ? asking : { user: request.by }
    return (await this.#end(found, { ...request, keys, asked: by })) ?? (await this.#ended(user))
  }

  /** Says that it is done; `undefined` when another instance has said so. */
  async #end(
    found: Found,
    { id, user, keys, asked }: ErasureRequest & { readonly keys: number; readonly asked: Requester },
  ): Promise<Erased | undefined> {
    const { store, keyring, commit, backupDays, randomBytes } = this.#parts
    const { key } = found
    const now = store.now()
    const eventId = sortableId(now, randomBytes(10))
    const data = { keys, ...(backupDays === undefined ? {} : { backupsCleanAt: now + backupDays * DAY_MS }) }
    const erased = event('privacy.subject.erased', { ...askedBy(asked), id: eventId, subject: user, data })
    let { version } = found
    for (let tries = 1; tries <= TRIES; tries++) {
      const { ok } = await commit({ writes: [{ op: 'remove', key, expect: version }], events: [erased] })
      if (ok) return { ok, eventId, ...data }
      const [current] = await store.get([key])
      if (current === undefined || (await readErasure(keyring, current)).id !== id) return undefined
      version = current.version
    }
    throw busy()
  }

  /** What the instance that was first has recorded. */
  async #ended(user: string): Promise<Erased> {
    const { store, keyring } = this.#parts
    const target = await keyring.pseudonyms('audit.actor', user)
    const [found] = await store.find({ tags: { type: 'privacy.subject.erased', target } }, { limit: 1 })
    if (found === undefined) throw new AuditError('ERR_AUDIT_NOT_FOUND', 'The end of an erasure is not in the ledger.')
    const { id, data } = parseEntry(found)
    const { keys, backupsCleanAt } = data
    const clean = typeof backupsCleanAt === 'number' ? { backupsCleanAt } : {}
    return { ok: true, eventId: id, keys: typeof keys === 'number' ? keys : 0, ...clean }
  }
}

function busy(): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', 'Others change holds or erasures all the time.')
}
