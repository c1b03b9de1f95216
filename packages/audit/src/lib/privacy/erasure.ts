import type { Keyring } from '@sallyport/keyring'
import type { Found, Key, Store } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import { eventTime } from '../events/event-id.ts'
import { destroyAll, hasKeys, pagesOf, readDestroyed, type DestroyedKeys, type DestroyParts } from './destroy-keys.ts'
import { markErased } from './erased-persons.ts'
import {
  ERASURE_PREFIX,
  erasureKey,
  erasureValue,
  newErasureId,
  readErasure,
  type ErasureRequest,
} from './erasure-record.ts'
import { readHolds, type HoldRecord } from './hold-record.ts'
import { holdOf } from './holds.ts'
import { impersonalContext } from './impersonal.ts'
import { personKeys } from './key-records.ts'
import type { Erased, Requester } from './privacy-contract.ts'
import { askedBy, requireUser } from './requester.ts'
import { beginDestroying } from './under-way.ts'

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
    const { store, subjects, keyring, commit, randomBytes } = this.#parts
    const keys = (await keyring.pseudonyms('audit.actor', user)).map(erasureKey)
    let own: string | undefined
    for (let tries = 1; tries <= TRIES; tries++) {
      const { holds, check } = await readHolds(store)
      const under = (await store.get(keys)).find((one) => one !== undefined)
      const request = under && (await readErasure(keyring, under))
      // Whoever ends a request, ends it for all who have asked for it.
      if (own !== undefined && request?.id !== own) return this.#endedWith(await readDestroyed(subjects, own))
      const hold = await holdOf(keyring, holds, user)
      if (hold !== undefined) return held(hold, under !== undefined)

      if (under !== undefined && request !== undefined) {
        const isOver = (await readDestroyed(subjects, request.id)).eventId !== undefined
        const erased = await this.#complete(under, by)
        // Somebody else's request is as good as ours, but for one whose keys were gone before: there may be newer ones.
        if (own !== undefined || !isOver || !(await hasKeys(this.#parts, await this.#keysOf(user)))) return erased
        continue
      }
      const mine: ErasureRequest = { id: newErasureId(store.now(), randomBytes), user, by: by.user }
      const put = { op: 'put', key: keys[0] ?? [], value: await erasureValue(keyring, mine), expect: null } as const
      // The check decides between this and a hold that is placed in the same moment.
      const writes = [put, check, beginDestroying(store.now())]
      if ((await commit({ writes, events: [requested] })).ok) own = mine.id
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
    // Asked before each round: what is still there when a hold comes stays.
    const findHold = async (): Promise<HoldRecord | undefined> =>
      await holdOf(keyring, (await readHolds(store)).holds, user)
    const destroyed = await destroyAll(this.#parts, await this.#keysOf(user), { id, findHold })
    forget(user)
    if ('hold' in destroyed) return held(destroyed.hold, true)
    await this.#end(found, { ...request, destroyed, asked: askerOf(request, asking) })
    return this.#endedWith(destroyed)
  }

  async #keysOf(user: string): Promise<readonly Key[]> {
    return (await this.#parts.keyring.pseudonyms('audit.subject', user)).map(personKeys)
  }

  /** Says that it is done, once, whoever is first. */
  async #end(
    found: Found,
    {
      id,
      user,
      destroyed,
      asked,
    }: ErasureRequest & { readonly destroyed: Required<DestroyedKeys>; readonly asked: Requester },
  ): Promise<void> {
    const { store, keyring, commit } = this.#parts
    const { key } = found
    const { eventId, keys } = destroyed
    const data = { keys, ...this.#backups(eventId) }
    const erased = event('privacy.subject.erased', { ...askedBy(asked), id: eventId, subject: user, data })
    const pseudonyms = await keyring.pseudonyms('audit.actor', user)
    let { version } = found
    for (let tries = 1; tries <= TRIES; tries++) {
      const marks = await markErased(store, pseudonyms, store.now())
      const { ok } = await commit({ writes: [{ op: 'remove', key, expect: version }, ...marks], events: [erased] })
      if (ok) return
      const [current] = await store.get([key])
      if (current === undefined || (await readErasure(keyring, current)).id !== id) return
      version = current.version
    }
    throw busy()
  }

  #endedWith({ keys, eventId }: DestroyedKeys): Erased {
    if (eventId === undefined)
      throw new AuditError('ERR_AUDIT_NOT_FOUND', 'Nobody knows how an erasure has ended: its count is gone.')
    return { ok: true, eventId, keys, ...this.#backups(eventId) }
  }

  #backups(eventId: string): { readonly backupsCleanAt?: number } {
    const { backupDays, store } = this.#parts
    if (backupDays === undefined) return {}
    return { backupsCleanAt: (eventTime(eventId) ?? store.now()) + backupDays * DAY_MS }
  }
}

function held(hold: HoldRecord, waits: boolean): Erased {
  return { ok: false, code: 'held', hold: hold.name, ...(waits ? { waits } : {}) }
}

/** Who is written as the one who asked. What is said of their own request would be sealed after their keys were destroyed. */
function askerOf({ user, by }: ErasureRequest, asking: Requester | undefined): Requester {
  if (asking === undefined || asking.user !== by) return { user: by }
  const { context } = asking
  return by === user && context !== undefined ? { user: by, context: impersonalContext(context) } : asking
}

function busy(): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', 'Others change holds or erasures all the time.')
}
