import type { Keyring } from '@sallyport/keyring'
import { sortableId, type Found, type Key, type Store } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import { event } from '../events/event.ts'
import { isJsonRecord } from '../json-record.ts'
import type { RetentionPolicy } from '../retention/retention-contract.ts'
import { pagesOf, removeKeys, type DestroyParts } from './destroy-keys.ts'
import { readHolds, type StandingHolds } from './hold-record.ts'
import { heldNames } from './holds.ts'
import { endOfMonth, KEY_PREFIX, MONTH_PREFIX, parseKeyRecord } from './key-records.ts'
import { beginDestroying, EXPIRY_PREFIX } from './under-way.ts'

/** What the expiry of keys needs. */
export interface ExpiryParts extends DestroyParts {
  readonly store: Store
  readonly keyring: Keyring
  readonly commit: Audit['commit']
  readonly personalDays: RetentionPolicy['personalDays']
  /** Tells whether the store's clock can be believed: a wrong one would destroy what has years to go. */
  readonly isClockSound: () => Promise<boolean>
}

/** A month of one class whose time is over. */
interface DueMonth {
  readonly retention: string
  readonly month: string
  /** Its record, as it was read. */
  readonly found: Found
  /** The holds under which keys were left when it was gone through the last time. */
  readonly guard: string | null | undefined
}

type IsHeld = (person: string) => boolean

/** How many keys of a month are left under holds, and which holds those were. */
interface Remains {
  readonly left: number
  readonly guard: string | null
}

const DAY_MS = 86_400_000
const PAGE = 100

/**
 * Destroys the keys of persons whose time is over: by class and month, all of them in one run through the keys.
 *
 * No key says when it ends. The policy of today decides over the keys of yesterday, too, and a month is found by its own
 * record, so that nothing has to be looked through every hour for the few times a year that a month ends.
 */
export class KeyExpiry {
  readonly #parts: ExpiryParts

  constructor(parts: ExpiryParts) {
    this.#parts = parts
  }

  /** Tells whether there are months whose time is over and of which keys may be left. */
  async isDue(): Promise<boolean> {
    const { holds, guard } = await readHolds(this.#parts.store)
    if (holds.some(({ subject }) => subject === undefined)) return false
    return (await this.#dueMonths()).some((due) => due.guard !== guard) && (await this.#parts.isClockSound())
  }

  /** Destroys what is due, but for what a legal hold covers. Safe to be interrupted: the next one goes on. */
  async run(): Promise<void> {
    const months = await this.#dueMonths()
    if (months.length === 0 || !(await this.#parts.isClockSound())) return
    for (const due of months) {
      const standing = await readHolds(this.#parts.store)
      if (due.guard !== standing.guard) await this.#endMonth(due, standing)
    }
  }

  async #dueMonths(): Promise<readonly DueMonth[]> {
    const { personalDays = {}, subjects, store } = this.#parts
    const days = new Map<string, number | undefined>(Object.entries(personalDays))
    // What was said to be destroyed is, although the policy may have changed since.
    const intents = new Set(
      (await store.list(EXPIRY_PREFIX, { limit: 1_000 })).map(({ key }) => key.slice(1).join(' ')),
    )
    const due: DueMonth[] = []
    for await (const page of pagesOf(subjects, MONTH_PREFIX)) {
      for (const found of page) {
        const [, retention = '', month = ''] = found.key
        const end = (endOfMonth(month) ?? Infinity) + (days.get(retention) ?? Infinity) * DAY_MS
        if (end <= subjects.now() || intents.has(`${retention} ${month}`))
          due.push({ retention, month, found, guard: guardOf(found) })
      }
    }
    return due
  }

  async #endMonth(due: DueMonth, standing: StandingHolds): Promise<void> {
    const { keyring, store } = this.#parts
    const held = await heldNames(keyring, standing.holds)
    if (held === 'everything') return
    // Whoever makes a key of this month from now on opens it again, and the last word here is refused.
    const version = await this.#markMonth(due, { ending: true }, due.found.version)
    if (version === undefined) return

    const key: Key = [...EXPIRY_PREFIX, due.retention, due.month]
    const [intent] = await store.get([key])
    if (intent === undefined) {
      const { free, left } = await this.#count(due, held)
      if (free === 0) return await this.#closeMonth(due, { left, guard: standing.guard }, version)
      if (!(await this.#recordIntent({ due, key, keys: free, standing }))) return
    }
    const end = await this.#destroy(due, version)
    // The rest stays on record as it is: a hold of everything waits for its release, what has changed for the next run.
    if (end === undefined) return
    await this.#forgetIntent(key)
    await this.#closeMonth(due, end, version)
  }

  async #count(due: DueMonth, held: IsHeld): Promise<{ readonly free: number; readonly left: number }> {
    let [free, left] = [0, 0]
    for await (const page of this.#keysOf(due)) {
      const kept = page.filter((record) => isHeld(record, held)).length
      left += kept
      free += page.length - kept
    }
    return { free, left }
  }

  /** Says what will be destroyed; `false` when a hold was placed or released since. */
  async #recordIntent(intent: {
    readonly due: DueMonth
    readonly key: Key
    readonly keys: number
    readonly standing: StandingHolds
  }): Promise<boolean> {
    const { due, key, keys, standing } = intent
    const expired = event('privacy.keys.expired', { data: { class: due.retention, month: due.month, keys } })
    const put = { op: 'put', key, value: { keys }, expect: null } as const
    const writes = [put, standing.check, beginDestroying(this.#parts.store.now())]
    return (await this.#parts.commit({ writes, events: [expired] })).ok
  }

  /**
   * Destroys all but what is held, also by holds that are placed meanwhile; `undefined` when it could not.
   *
   * @param due The month.
   * @param version Its record's: whoever comes back after others went on with the month destroys nothing more.
   */
  async #destroy({ found: { key }, ...due }: DueMonth, version: string): Promise<Remains | undefined> {
    const check = { op: 'check', key, expect: version } as const
    let left = 0
    let isWhole = true
    let last: { readonly guard: string | null; readonly held: IsHeld } | undefined
    for await (const page of this.#keysOf(due)) {
      for (let at = 0; at < page.length; at += PAGE) {
        const { holds, guard } = await readHolds(this.#parts.store)
        if (last === undefined || last.guard !== guard) {
          const held = await heldNames(this.#parts.keyring, holds)
          if (held === 'everything') return undefined
          last = { guard, held }
        }
        const { held } = last
        const records = page.slice(at, at + PAGE)
        const free = records.filter((record) => !isHeld(record, held))
        left += records.length - free.length
        if (free.length > 0 && !(await removeKeys(this.#parts, free, [check]))) isWhole = false
      }
    }
    return isWhole ? { left, guard: last?.guard ?? null } : undefined
  }

  async *#keysOf({ retention, month }: Pick<DueMonth, 'retention' | 'month'>): AsyncGenerator<readonly Found[], void> {
    for await (const page of pagesOf(this.#parts.subjects, KEY_PREFIX)) {
      const found = page.filter((record) => {
        const name = parseKeyRecord(record)
        return name?.retention === retention && name.month === month
      })
      if (found.length > 0) yield found
    }
  }

  async #markMonth(
    { found: { key } }: DueMonth,
    value: { readonly ending: true } | { readonly left: string | null },
    expect: string,
  ): Promise<string | undefined> {
    const { subjects, randomBytes } = this.#parts
    const id = sortableId(subjects.now(), randomBytes(10))
    const { ok } = await subjects.commit({ id, writes: [{ op: 'put', key, value, expect }], entries: [] })
    return ok ? id : undefined
  }

  async #closeMonth(due: DueMonth, { left, guard }: Remains, version: string): Promise<void> {
    if (left > 0) await this.#markMonth(due, { left: guard }, version)
    else await removeKeys(this.#parts, [{ ...due.found, version }])
  }

  async #forgetIntent(key: Key): Promise<void> {
    const [found] = await this.#parts.store.get([key])
    if (found === undefined) return
    await this.#parts.commit({ writes: [{ op: 'remove', key, expect: found.version }], events: [] })
  }
}

function isHeld({ key }: Found, held: IsHeld): boolean {
  return held(key[1] ?? '')
}

function guardOf({ value }: Found): string | null | undefined {
  const left = isJsonRecord(value) ? value['left'] : undefined
  return typeof left === 'string' || left === null ? left : undefined
}
