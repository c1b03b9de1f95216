import { createCipheriv, createDecipheriv, createHash, createSecretKey, type KeyObject } from 'node:crypto'

import type { Keyring } from '@sallyport/keyring'
import { sortableId, type Found, type Store } from '@sallyport/store'

import { BoundedMap } from '../bounded-map.ts'
import { AuditError } from '../errors.ts'
import type { RandomBytes } from '../system.ts'

/** Whose data an envelope holds: one person, or everybody of one day whom nobody knew yet. */
export type Subject = { readonly user: string } | { readonly anonymousAt: number }

/** A key under which one subject's data is sealed, with the name that entries carry. */
interface SubjectKey {
  /** The name of its record and, after `~`, a fingerprint: a key that is made after an erasure is another key. */
  readonly id: string
  readonly key: KeyObject
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const FINGERPRINT_LENGTH = 8
const SUBJECT = /^([!-}]{1,128})~[\w-]{8}$/
const KEY_CONTEXT = 'audit.subject-key'
const CACHED_KEYS = 10_000
// So soon an erasure reaches every instance: what is sealed meanwhile is erased with the rest.
const KEY_KEPT_MS = 60_000

/**
 * Seals personal data under keys per subject. The keys live in a store of their own, themselves sealed by the key ring:
 * destroying one erases its subject's data in every copy of the ledger, and every proof still holds.
 */
export class SubjectKeys {
  readonly #store: Store
  readonly #keyring: Keyring
  readonly #randomBytes: RandomBytes
  // By subject; a promise, so that parallel events of a new subject make one key.
  readonly #keys = new BoundedMap<string, { readonly key: Promise<SubjectKey>; readonly until: number }>(CACHED_KEYS)

  constructor(parts: { readonly store: Store; readonly keyring: Keyring; readonly randomBytes: RandomBytes }) {
    this.#store = parts.store
    this.#keyring = parts.keyring
    this.#randomBytes = parts.randomBytes
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
    const name = SUBJECT.exec(sealed.subject)?.[1]
    if (name === undefined) throw altered()
    const [found] = await this.#store.get([['subject', name]])
    if (found === undefined) return undefined

    const { id, key } = await this.#unwrap(name, found)
    if (id !== sealed.subject) return undefined
    try {
      return decrypt(key, `${id}\n${eventId}`, Buffer.from(sealed.box, 'base64url'))
    } catch (cause) {
      throw altered(cause)
    }
  }

  #keyFor(subject: Subject): Promise<SubjectKey> {
    const name = 'user' in subject ? `user ${subject.user}` : anonymousDay(subject.anonymousAt)
    const known = this.#keys.get(name)
    const now = this.#store.now()
    if (known !== undefined && known.until > now) return known.key

    const key = 'user' in subject ? this.#findOrMakeForUser(subject.user) : this.#findOrMake([name])
    this.#keys.set(name, { key, until: now + KEY_KEPT_MS })
    key.catch(() => this.#keys.delete(name))
    return key
  }

  async #findOrMakeForUser(user: string): Promise<SubjectKey> {
    // A key keeps the name it was made with, so older pseudonyms are asked for too.
    return await this.#findOrMake(await this.#keyring.pseudonyms('audit.subject', user))
  }

  async #findOrMake(names: readonly string[]): Promise<SubjectKey> {
    const found = await this.#store.get(names.map((name) => ['subject', name]))
    for (const [place, record] of found.entries()) {
      if (record !== undefined) return await this.#unwrap(names[place] ?? '', record)
    }
    return await this.#make(names)
  }

  async #make(names: readonly string[]): Promise<SubjectKey> {
    const name = names[0] ?? ''
    const secret = this.#randomBytes(32)
    const committed = await this.#store.commit({
      id: sortableId(this.#store.now(), this.#randomBytes(10)),
      writes: [
        { op: 'put', key: ['subject', name], value: await this.#keyring.seal(KEY_CONTEXT, secret), expect: null },
      ],
      entries: [],
    })
    // Another instance was first: its key is the subject's key.
    return committed.ok ? subjectKey(name, secret) : await this.#findOrMake(names)
  }

  async #unwrap(name: string, record: Found): Promise<SubjectKey> {
    const unreadable = 'A subject key is not readable.'
    if (typeof record.value !== 'string') throw new AuditError('ERR_AUDIT_ENVELOPE', unreadable)
    try {
      return subjectKey(name, await this.#keyring.unseal(KEY_CONTEXT, record.value))
    } catch (cause) {
      throw new AuditError('ERR_AUDIT_ENVELOPE', unreadable, { cause })
    }
  }
}

function subjectKey(name: string, secret: Uint8Array): SubjectKey {
  const fingerprint = createHash('sha256').update('sallyport subject key\n').update(secret).digest('base64url')
  return { id: `${name}~${fingerprint.slice(0, FINGERPRINT_LENGTH)}`, key: createSecretKey(secret) }
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

function anonymousDay(at: number): string {
  return `day-${new Date(at).toISOString().slice(0, 10)}`
}

function parseFields(json: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(JSON.parse(json))) fields[name] = String(value)
  return fields
}
