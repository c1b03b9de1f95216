import type { Keyring } from '@sallyport/keyring'
import type { Store, Write } from '@sallyport/store'
import { ed25519Signer, formatVerifierKey, signNote, type Checkpoint, type NoteSigner } from '@sallyport/tlog/note'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import {
  formatManifest,
  manifestKey,
  MAX_KEYS,
  MAX_MANIFESTS,
  readManifests,
  type KeyManifest,
  type LedgerKey,
} from './key-manifest.ts'
import { HEAD_KEY, type VersionedHead } from './tree-store.ts'
import { trustKeys, type ManifestProblem, type TrustedKeys } from './trusted-keys.ts'
import type { PendingEvent } from '../events/types.ts'

interface Parts {
  readonly store: Store
  readonly keyring: Keyring
  /** The ledger's name, which is also the name of its keys. */
  readonly origin: string
}

type Check = Extract<Write, { readonly op: 'check' }>

/** What a process knows of the keys at one moment. */
interface Known {
  readonly trusted: TrustedKeys
  /** The keys of this process as bytes and as texts, the newest first. */
  readonly own: readonly { readonly publicKey: Uint8Array; readonly text: string }[]
  /** Refuses a commit when a manifest has come, changed or gone since. */
  readonly checks: readonly Check[]
}

/** A manifest that is to be committed, and the events that say so. */
export interface KeyChange {
  readonly writes: readonly Write[]
  readonly events: readonly PendingEvent[]
}

/**
 * The keys of one ledger as one process sees them: its own, from the key ring, and those that the ledger's manifests
 * add, so that processes with an older and a newer key file go on with each other's checkpoints.
 */
export class LedgerKeys {
  readonly #parts: Parts
  #known: Promise<Known> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Opens a checkpoint of this ledger; `undefined` when no key that may have signed it did. */
  async open(note: string): Promise<Checkpoint | undefined> {
    const opened = await this.#open(note)
    if (opened !== undefined) return opened
    // Another process may have begun to sign with a newer key since the manifests were read.
    this.forget()
    return await this.#open(note)
  }

  /** Tells whether a note other than a checkpoint is signed by a key that might sign the ledger at a size. */
  async isSignedAt(note: string, size: number): Promise<boolean> {
    if ((await this.#know()).trusted.isSignedAt(note, size)) return true
    this.forget()
    return (await this.#know()).trusted.isSignedAt(note, size)
  }

  /**
   * Makes the signer of the next checkpoint: the newest key of this process that the ledger lets sign.
   *
   * @throws `AuditError` with `ERR_AUDIT_KEYS` when there is none.
   */
  async signer(): Promise<NoteSigner> {
    const { own, trusted } = await this.#know()
    const listed = trusted.manifest?.keys ?? own.map(({ text }) => ({ verifierKey: text, from: 0 }))
    const active = new Set(listed.filter(isActive).map(textOf))
    const key = own.find(({ text }) => active.has(text))
    if (key !== undefined) return this.#signerOf(key.publicKey)
    if (!own.some(({ text }) => listed.some(({ verifierKey }) => verifierKey === text))) throw unknownKey()
    throw keysError('The sign key of this process was retired: give it the key file that the other processes have.')
  }

  /** The writes that refuse a commit which was signed without knowing of a newer manifest. */
  async checks(): Promise<readonly Write[]> {
    return (await this.#know()).checks
  }

  /** Forgets what was read: the next use reads the manifests again. */
  forget(): void {
    this.#known = undefined
  }

  /**
   * Gives what has to be committed so that the newest manifest says what the key ring says: a key that is newer than
   * all that it names is added, older ones that the key ring no longer has are retired. `undefined` when it says so
   * already, or when a newer process than this one has spoken.
   *
   * @param at The head, whose size bounds what the keys may sign.
   * @throws `AuditError` with `ERR_AUDIT_KEYS` when the key ring cannot vouch for the new key.
   */
  async plan(at: VersionedHead): Promise<KeyChange | undefined> {
    const known = await this.#know()
    const next = nextManifest(known, { origin: this.#parts.origin, size: at.head.size })
    if (next === undefined) return undefined
    if (next.number > MAX_MANIFESTS || next.keys.length > MAX_KEYS) {
      throw keysError('The ledger has had more keys than it can list: begin another one, with another origin.')
    }
    const signers = vouchersOf(known, next).map((key) => this.#signerOf(key))
    const note = await signNote(formatManifest(next), signers)
    const added = manifestKey(next.number)
    const put: Write = { op: 'put', key: added, value: { note }, expect: null }
    const others = known.checks.filter(({ key }) => key.join() !== added.join())
    return {
      writes: [put, ...others, { op: 'check', key: HEAD_KEY, expect: at.version }],
      events: changesBetween(known.trusted.manifest, next),
    }
  }

  async #open(note: string): Promise<Checkpoint | undefined> {
    const opened = (await this.#know()).trusted.open(note)
    return typeof opened !== 'string' && opened.origin === this.#parts.origin ? opened : undefined
  }

  #signerOf(publicKey: Uint8Array): NoteSigner {
    const { keyring, origin } = this.#parts
    return ed25519Signer(origin, publicKey, (message) => keyring.sign(message, publicKey))
  }

  async #know(): Promise<Known> {
    const reading = (this.#known ??= this.#read())
    try {
      return await reading
    } catch (error) {
      if (this.#known === reading) this.#known = undefined
      throw error
    }
  }

  async #read(): Promise<Known> {
    const { store, keyring, origin } = this.#parts
    const own = (await keyring.publicKeys()).map((publicKey) => ({
      publicKey,
      text: formatVerifierKey(origin, publicKey),
    }))
    const stored = await readManifests(store)
    const trusted = trustKeys(
      own.map(({ text }) => text),
      stored,
    )
    const [problem] = trusted.problems
    if (problem !== undefined) throw badManifest(problem)
    const last = stored.at(-1)
    const checks = [...(last === undefined ? [] : [check(stored.length, last.version)]), check(stored.length + 1, null)]
    return { trusted, own, checks }
  }
}

function nextManifest(
  { own, trusted: { manifest: before } }: Known,
  { origin, size }: { readonly origin: string; readonly size: number },
): KeyManifest | undefined {
  const texts = own.map(({ text }) => text)
  if (before === undefined) {
    return { origin, number: 1, keys: texts.toReversed().map((verifierKey) => ({ verifierKey, from: 0 })) }
  }
  const [newest = ''] = texts
  const isNew = !before.keys.some(({ verifierKey }) => verifierKey === newest)
  // A key that the manifest knows, but not as its newest, is that of a process which is older than another one.
  if (!isNew && before.keys.at(-1)?.verifierKey !== newest) return undefined
  const kept = before.keys.map((key): LedgerKey => {
    const isGone = isActive(key) && !texts.includes(key.verifierKey)
    return isGone ? { ...key, until: size } : key
  })
  const keys = isNew ? [...kept, { verifierKey: newest, from: size }] : kept
  const isChanged = isNew || kept.some((key, place) => key !== before.keys[place])
  return isChanged ? { origin, number: before.number + 1, keys } : undefined
}

/** A new manifest is signed by its newest key and by one that the manifest before it lets sign; the first one by all. */
function vouchersOf({ own, trusted: { manifest } }: Known, next: KeyManifest): readonly Uint8Array[] {
  const trustedBefore = new Set((manifest ?? next).keys.filter(isActive).map(textOf))
  const voucher = own.find(({ text }) => trustedBefore.has(text))
  if (voucher === undefined) throw unknownKey()
  return own
    .filter((key, place) => manifest === undefined || place === 0 || key === voucher)
    .map(({ publicKey }) => publicKey)
}

function isActive({ until }: LedgerKey): boolean {
  return until === undefined
}

function textOf({ verifierKey }: LedgerKey): string {
  return verifierKey
}

function changesBetween(before: KeyManifest | undefined, { number, keys }: KeyManifest): readonly PendingEvent[] {
  return keys.flatMap((key, place) => {
    const data = { manifest: number, key: key.verifierKey }
    const known = before?.keys[place]
    if (known === undefined) return [event('ledger.key_added', { outcome: 'success', data })]
    return known.until === key.until ? [] : [event('ledger.key_retired', { outcome: 'success', data })]
  })
}

function check(number: number, expect: string | null): Check {
  return { op: 'check', key: manifestKey(number), expect }
}

function unknownKey(): AuditError {
  return keysError(
    'This ledger is signed by other keys than those of the key ring: is this the key file of another ledger, or was the older sign key removed before the new one was added?',
  )
}

function badManifest({ kind, number }: ManifestProblem): AuditError {
  if (kind === 'keys_unsigned') return unknownKey()
  return keysError(`Key manifest ${number} of the ledger is missing or was altered: run sallyport verify.`)
}

function keysError(message: string): AuditError {
  return new AuditError('ERR_AUDIT_KEYS', message)
}
