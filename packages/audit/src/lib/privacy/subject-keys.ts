import { createCipheriv, createDecipheriv, createHash, createSecretKey, type KeyObject } from 'node:crypto'

import type { Keyring } from '@sallyport/keyring'
import { sortableId, type Found, type Store, type Write } from '@sallyport/store'

import { BoundedMap } from '../bounded-map.ts'
import { AuditError } from '../errors.ts'
import { isJsonRecord } from '../json-record.ts'
import type { RetentionClass } from '../retention/retention-contract.ts'
import type { RandomBytes } from '../system.ts'
import { ANONYMOUS, formatKeyId, keyRecord, monthRecord, periodOf, recordOfId, type KeyScope } from './key-records.ts'
import { keyIdOf } from './newest-keys.ts'

/** Whose data an envelope holds, and which key of theirs it goes under. */
export interface Subject {
  /** The application's id of the person; everybody whom nobody knew that day if `undefined`. */
  readonly user: string | undefined
  /** What the event is kept for. */
  readonly retention: RetentionClass
  /** When the event was recorded, in milliseconds since the epoch. */
  readonly at: number
}

/** A key under which one subject's data is sealed, with the name that entries carry. */
interface SubjectKey {
  readonly id: string
  readonly key: KeyObject
}

/** The context in which the key ring seals the keys of persons. */
export const KEY_CONTEXT = 'audit.subject-key'

const PROBE_CONTEXT = 'audit.probe'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const FINGERPRINT_LENGTH = 8
const CACHED_KEYS = 10_000
// So soon an erasure reaches every instance: what is sealed meanwhile is erased with the rest.
const KEY_KEPT_MS = 60_000
// Others that make keys of the same month, or end it, meanwhile.
const TRIES = 100

interface CachedKey {
  readonly user: string | undefined
  readonly key: Promise<SubjectKey>
  readonly until: number
}

/**
 * Seals personal data under keys by person, retention class and month. The keys live in a store of their own, themselves
 * sealed by the key ring: destroying one erases what it sealed in every copy of the ledger, and every proof still holds.
 */
export class SubjectKeys {
  readonly #store: Store
  readonly #keyring: Keyring
  readonly #randomBytes: RandomBytes
  readonly #newestSealKey: () => Promise<string | undefined>
  #hasWarned = false
  // By scope and subject; a promise, so that parallel events of a new subject make one key.
  readonly #keys = new BoundedMap<string, CachedKey>(CACHED_KEYS)

  constructor(parts: {
    readonly store: Store
    readonly keyring: Keyring
    readonly randomBytes: RandomBytes
    /** The id of the seal key that the ledger was opened with last, if anybody knows. */
    readonly newestSealKey?: () => Promise<string | undefined>
  }) {
    this.#store = parts.store
    this.#keyring = parts.keyring
    this.#randomBytes = parts.randomBytes
    this.#newestSealKey = parts.newestSealKey ?? (async () => undefined)
  }

  /**
   * Seals fields for a subject (AES-256-GCM, random 96-bit nonce).
   *
   * @param subject Whose data it is.
   * @param eventId Bound into the seal, so that an envelope fits no other entry.
   * @param fields The data.
   * @returns The name of the subject's key and base64url of nonce, ciphertext and tag.
   */
  async seal(
    subject: Subject,
    eventId: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<{ box: string; subject: string }> {
    const { id, key } = await this.#keyFor(subject)
    const nonce = this.#randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(`${id}\n${eventId}`))
    const parts = [nonce, cipher.update(JSON.stringify(fields), 'utf8'), cipher.final(), cipher.getAuthTag()]
    return { box: Buffer.concat(parts).toString('base64url'), subject: id }
  }

  /** Opens what `seal` made; `undefined` when the key was destroyed. Rejects with `ERR_AUDIT_ENVELOPE` when it was altered. */
  async open(
    eventId: string,
    sealed: { readonly box: string; readonly subject: string },
  ): Promise<Readonly<Record<string, string>> | undefined> {
    // It comes from an entry, which nobody has proved: whatever no key was ever named by is refused.
    const record = recordOfId(sealed.subject)
    if (record === undefined) throw altered()
    const [found] = await this.#store.get([record])
    if (found === undefined) return undefined

    const { key, fingerprint } = await this.#unwrap(found)
    if (!sealed.subject.endsWith(`~${fingerprint}`)) return undefined
    try {
      return decrypt(key, `${sealed.subject}\n${eventId}`, Buffer.from(sealed.box, 'base64url'))
    } catch (cause) {
      throw altered(cause)
    }
  }

  /**
   * Tells whether an error of `open` will stay: the key's record or the envelope is damaged. Not while the key ring cannot
   * unseal what it seals itself, or is older than the one which the ledger was opened with last. Says so once a process.
   */
  async isDamage(error: unknown): Promise<boolean> {
    if (!(error instanceof AuditError) || error.code !== 'ERR_AUDIT_ENVELOPE') return false
    if (!(await this.#isRingReady())) return false
    if (!this.#hasWarned) {
      const message = 'The audit ledger has sealed data that does not open: its key or the envelope is damaged.'
      process.emitWarning(message, { type: 'AuditWarning', code: error.code })
      this.#hasWarned = true
    }
    return true
  }

  async #isRingReady(): Promise<boolean> {
    try {
      const probe = await this.#keyring.seal(PROBE_CONTEXT, Buffer.from('?'))
      await this.#keyring.unseal(PROBE_CONTEXT, probe)
      const [own, newest] = [keyIdOf(probe), await this.#newestSealKey()]
      // A key service names none of its keys.
      return own === 'service' || newest === undefined || newest === own
    } catch {
      return false
    }
  }

  /** Forgets the keys of a person that were destroyed, so that nothing more is sealed under them here. */
  forget(user: string): void {
    this.#keys.deleteWhere((cached) => cached.user === user)
  }

  #keyFor({ user, retention, at }: Subject): Promise<SubjectKey> {
    const scope = { retention, period: periodOf(at, user !== undefined) }
    const name = `${retention} ${scope.period} ${user ?? ''}`
    const known = this.#keys.get(name)
    const now = this.#store.now()
    if (known !== undefined && known.until > now) return known.key

    const key = user === undefined ? this.#findOrMake([ANONYMOUS], scope) : this.#findOrMakeForUser(user, scope)
    this.#keys.set(name, { user, key, until: now + KEY_KEPT_MS })
    key.catch(() => this.#keys.delete(name))
    return key
  }

  async #findOrMakeForUser(user: string, scope: KeyScope): Promise<SubjectKey> {
    // A key keeps the name it was made with, so older pseudonyms are asked for too.
    return await this.#findOrMake(await this.#keyring.pseudonyms('audit.subject', user), scope)
  }

  async #findOrMake(people: readonly string[], scope: KeyScope): Promise<SubjectKey> {
    const keys = [...people.map((person) => keyRecord(person, scope)), monthRecord(scope)]
    for (let tries = 1; tries <= TRIES; tries++) {
      const found = await this.#store.get(keys)
      const month = found.at(-1)
      for (const [place, record] of found.slice(0, -1).entries()) {
        if (record !== undefined) return await this.#named(people[place] ?? '', scope, record)
      }
      // If another instance is first, its key is the subject's key.
      const made = await this.#make(people[0] ?? '', scope, month)
      if (made !== undefined) return made
    }
    throw new AuditError('ERR_AUDIT_ENVELOPE', 'Others make or end the keys of this month all the time.')
  }

  async #make(person: string, scope: KeyScope, month: Found | undefined): Promise<SubjectKey | undefined> {
    const secret = this.#randomBytes(32)
    const value = await this.#keyring.seal(KEY_CONTEXT, secret)
    const committed = await this.#store.commit({
      id: sortableId(this.#store.now(), this.#randomBytes(10)),
      writes: [{ op: 'put', key: keyRecord(person, scope), value, expect: null }, openMonth(scope, month)],
      entries: [],
    })
    if (!committed.ok) return undefined
    const { key, fingerprint } = subjectKey(secret)
    return { id: formatKeyId(person, scope, fingerprint), key }
  }

  async #named(person: string, scope: KeyScope, record: Found): Promise<SubjectKey> {
    const { key, fingerprint } = await this.#unwrap(record)
    return { id: formatKeyId(person, scope, fingerprint), key }
  }

  async #unwrap({ value }: Found): Promise<{ readonly key: KeyObject; readonly fingerprint: string }> {
    const unreadable = 'A subject key is not readable.'
    if (typeof value !== 'string') throw new AuditError('ERR_AUDIT_ENVELOPE', unreadable)
    try {
      return subjectKey(await this.#keyring.unseal(KEY_CONTEXT, value))
    } catch (cause) {
      throw new AuditError('ERR_AUDIT_ENVELOPE', unreadable, { cause })
    }
  }
}

/**
 * Makes sure that whoever destroys the keys of a month sees the new one: either the month is open and stays as it was read,
 * or it is opened by this commit, which the other's last word then contradicts.
 */
function openMonth(scope: KeyScope, month: Found | undefined): Write {
  const key = monthRecord(scope)
  const isOpen = month !== undefined && isJsonRecord(month.value) && Object.keys(month.value).length === 0
  if (isOpen) return { op: 'check', key, expect: month.version }
  return { op: 'put', key, value: {}, expect: month?.version ?? null }
}

function subjectKey(secret: Uint8Array): { readonly key: KeyObject; readonly fingerprint: string } {
  const hash = createHash('sha256').update('sallyport subject key\n').update(secret).digest('base64url')
  return { key: createSecretKey(secret), fingerprint: hash.slice(0, FINGERPRINT_LENGTH) }
}

function decrypt(key: KeyObject, context: string, bytes: Buffer): Readonly<Record<string, string>> {
  const nonce = bytes.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES))
  const plaintext = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  return parseFields(plaintext.toString('utf8'))
}

function altered(cause?: unknown): AuditError {
  return new AuditError('ERR_AUDIT_ENVELOPE', 'The sealed data of an entry does not open: it was altered.', { cause })
}

function parseFields(json: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(JSON.parse(json))) fields[name] = String(value)
  return fields
}
