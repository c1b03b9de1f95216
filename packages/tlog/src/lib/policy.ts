import { cosignerVerifier } from './cosigner-key.ts'
import { TlogError } from './errors.ts'
import { parseVerifierKey } from './note-key.ts'
import type { NoteVerifier } from './note.ts'
import { readOctets } from './octet-text.ts'
import { KEY_TYPE, parseTypedKey } from './typed-key.ts'

const MAX_BYTES = 1_000_000
const MAX_OF_A_KIND = 256
/** The quorum that asks for no witness. */
export const NO_QUORUM = 'none'

/** A log whose checkpoints a policy takes. */
export interface PolicyLog {
  /** Its name is the origin of its checkpoints. */
  readonly verifierKey: string
  readonly verifier: NoteVerifier
  /** What it means is the application's affair; not parsed. */
  readonly url?: string
}

/** A witness that a policy knows. */
export interface PolicyWitness {
  /** Its name within the policy, which may be another than the key's. */
  readonly name: string
  readonly verifierKey: string
  readonly verifier: NoteVerifier
  /** By recommendation the prefix of its `add-checkpoint`; not parsed. */
  readonly url?: string
}

/** Witnesses and groups, so many of which must have cosigned. */
export interface PolicyGroup {
  readonly name: string
  /** 1 to the number of members. */
  readonly threshold: number
  /** Names of witnesses and of groups that stand above this one. */
  readonly members: readonly string[]
}

/** Which cosignatures make a checkpoint valid. */
export interface Policy {
  readonly logs: readonly PolicyLog[]
  readonly witnesses: readonly PolicyWitness[]
  readonly groups: readonly PolicyGroup[]
  /** The name of a witness or group, or `none`. */
  readonly quorum: string
}

/**
 * Parses a trust policy.
 *
 * Refused beside what the format refuses: a log's key that is also a witness's, because such a log would witness itself;
 * more than 256 logs, witnesses or groups; more than 1 MB. Names that are not UTF-8 are kept apart as they are.
 *
 * @param policy the policy's octets, from configuration
 * @throws TlogError `ERR_TLOG_POLICY_MALFORMED`, which names the line; `ERR_TLOG_KEY_UNSUPPORTED` for an ML-DSA-44 key
 * before Node 24.7
 * @see C2SP tlog-policy
 */
export function parsePolicy(policy: string | Uint8Array): Policy {
  const octets = typeof policy === 'string' ? Buffer.from(policy) : Buffer.from(policy)
  const isText = typeof policy !== 'string' || policy.isWellFormed()
  if (octets.length > MAX_BYTES || !isText || !octets.every(isAllowed))
    throw refuse('The policy is above 1 MB, or has control characters other than tab and newline.')
  const reader = new PolicyReader()
  // One octet is one character here: the format knows no other unit, and splits at no other white space.
  for (const [at, line] of octets.toString('latin1').split('\n').entries()) {
    const items = line.split(/[ \t]+/).filter((item) => item !== '')
    if (items[0] !== undefined && !items[0].startsWith('#')) reader.take(at + 1, items.map(readItem))
  }
  return reader.finish()
}

/** What the lines so far have defined. */
class PolicyReader {
  readonly #logs: PolicyLog[] = []
  readonly #witnesses: PolicyWitness[] = []
  readonly #groups: PolicyGroup[] = []
  readonly #names = new Set([NO_QUORUM])
  readonly #members = new Set([NO_QUORUM])
  readonly #keys = new Set<string>()
  #quorum: string | undefined
  #line = 0

  take(line: number, [keyword, ...items]: readonly string[]): void {
    this.#line = line
    if (keyword === 'log') this.#takeLog(items)
    else if (keyword === 'witness') this.#takeWitness(items)
    else if (keyword === 'group') this.#takeGroup(items)
    else if (keyword === 'quorum') this.#takeQuorum(items)
    else throw this.#refuse('begins with none of log, witness, group and quorum')
  }

  finish(): Policy {
    if (this.#quorum === undefined) throw refuse('The policy has no quorum line.')
    return { logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum }
  }

  #takeLog([verifierKey, url, ...more]: readonly string[]): void {
    if (verifierKey === undefined || more.length > 0) throw this.#refuse('is not: log, key, and perhaps a URL')
    const verifier = this.#takeKey(verifierKey, KEY_TYPE.ed25519)
    this.#logs.push({ verifierKey, verifier, ...(url === undefined ? {} : { url }) })
    this.#bound(this.#logs)
  }

  #takeWitness([name, verifierKey, url, ...more]: readonly string[]): void {
    if (verifierKey === undefined || more.length > 0)
      throw this.#refuse('is not: witness, name, key, and perhaps a URL')
    const verifier = this.#takeKey(verifierKey, KEY_TYPE.cosignature)
    this.#witnesses.push({ name: this.#define(name), verifierKey, verifier, ...(url === undefined ? {} : { url }) })
    this.#bound(this.#witnesses)
  }

  #takeGroup([name, many, ...members]: readonly string[]): void {
    const threshold = many === 'any' ? 1 : many === 'all' ? members.length : parseCount(many)
    if (members.length === 0) throw this.#refuse('is not: group, name, any or all or a number, and members')
    if (threshold < 1 || threshold > members.length) throw this.#refuse('asks for none, or for more than its members')
    for (const member of members) {
      if (!this.#names.has(member)) throw this.#refuse('has a member that is not defined above')
      if (this.#members.has(member)) throw this.#refuse('has a member that is one already')
      this.#members.add(member)
    }
    this.#groups.push({ name: this.#define(name), threshold, members })
    this.#bound(this.#groups)
  }

  #takeQuorum([name, ...more]: readonly string[]): void {
    if (this.#quorum !== undefined) throw this.#refuse('is a second quorum')
    if (name === undefined || more.length > 0) throw this.#refuse('is not: quorum, name')
    if (!this.#names.has(name)) throw this.#refuse('has a name that is not defined above')
    this.#quorum = name
  }

  /** A key may be of the plain type that is asked for, or of ML-DSA-44, which logs and witnesses share. */
  #takeKey(text: string, plain: number): NoteVerifier {
    const typed = this.#try(() => parseTypedKey(text))
    if (typed.type !== plain && typed.type !== KEY_TYPE.mlDsa44) throw this.#refuse('has a key of the wrong type')
    const key = Buffer.from(typed.publicKey).toString('base64')
    if (this.#keys.has(key)) throw this.#refuse('has a key that stands above')
    this.#keys.add(key)
    return this.#try(() => (typed.type === KEY_TYPE.ed25519 ? parseVerifierKey(text) : cosignerVerifier(typed)))
  }

  #try<T>(parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      const isUnsupported = error instanceof TlogError && error.code === 'ERR_TLOG_KEY_UNSUPPORTED'
      throw isUnsupported ? error : this.#refuse('has a malformed key')
    }
  }

  #define(name = ''): string {
    if (name === '' || this.#names.has(name)) throw this.#refuse('has a name that is taken')
    this.#names.add(name)
    return name
  }

  #bound(list: readonly unknown[]): void {
    if (list.length > MAX_OF_A_KIND) throw this.#refuse(`is one of more than ${MAX_OF_A_KIND} of its kind`)
  }

  #refuse(what: string): TlogError {
    return refuse(`Line ${this.#line} of the policy ${what}.`)
  }
}

// Tab, newline, and everything but control characters.
function isAllowed(octet: number): boolean {
  return octet === 0x09 || octet === 0x0a || (octet >= 0x20 && octet !== 0x7f)
}

function readItem(item: string): string {
  return readOctets(Buffer.from(item, 'latin1'))
}

function parseCount(text = ''): number {
  return /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : 0
}

function refuse(message: string): TlogError {
  return new TlogError('ERR_TLOG_POLICY_MALFORMED', message)
}
