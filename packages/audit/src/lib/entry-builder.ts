import type { Keyring } from '@sallyport/keyring'
import { sortableId, type Entry } from '@sallyport/store'

import { shortenAddress } from './address.ts'
import { BoundedMap } from './bounded-map.ts'
import { canonicalize } from './canonical.ts'
import { AuditError } from './errors.ts'
import type { RandomBytes } from './random.ts'
import { isEventType } from './registry.ts'
import { sealedDetails } from './sealed-details.ts'
import type { Subject, SubjectKeys } from './subject-keys.ts'
import { tagsOf } from './tags.ts'
import type { AuditEvent, EventContext, EventInput, PendingEvent } from './types.ts'
import type { EventType } from './event-payloads.ts'

/** The most bytes that an entry may have. */
export const MAX_ENTRY_BYTES = 16_384

/** An event that is complete but for its place in the writer's count, which is given when nothing can come between. */
export interface Draft {
  readonly at: number
  readonly event: Omit<AuditEvent, 'writer'>
  /** Marks of what this draft seals, so that later events of the lineage need not repeat it. */
  readonly marks: readonly string[]
}

interface BuilderParts {
  readonly keyring: Keyring
  readonly subjects: SubjectKeys
  readonly app: string
  readonly clock: { now(): number }
  readonly randomBytes: RandomBytes
}

const CACHED_NAMES = 10_000
const CACHED_MARKS = 20_000
const MAX_TEXT = 200
// The store takes tags of at most 256 bytes; a character that is cut in half may grow by two.
const MAX_TEXT_BYTES = 250
const MAX_SEALED_TEXT = 512

/** Turns what callers say of an event into what is written: pseudonyms for persons, envelopes for what is personal. */
export class EntryBuilder {
  readonly #parts: BuilderParts
  readonly #pseudonyms = new BoundedMap<string, string>(CACHED_NAMES)
  readonly #sealed = new BoundedMap<string, true>(CACHED_MARKS)

  constructor(parts: BuilderParts) {
    this.#parts = parts
  }

  /** Does all that needs waiting: pseudonyms and the envelope. */
  async draft(pending: PendingEvent): Promise<Draft> {
    const { type, input } = pending
    if (!isEventType(type)) throw new AuditError('ERR_AUDIT_INPUT', 'An event has a type that is not in the registry.')
    const at = this.#parts.clock.now()
    const id = sortableId(at, this.#parts.randomBytes(10))
    const actor = input.actor && (await this.pseudonym('audit.actor', input.actor.user))
    const subject = input.subject === undefined ? undefined : await this.pseudonym('audit.actor', input.subject)
    const net = input.context?.net
    const ipId = net && (await this.pseudonym('audit.ip', net.ip))
    const { sealed, marks } = await this.#envelope(id, at, input)
    // Members in canonical order, so that the canonical form costs no sorting.
    const event: Omit<AuditEvent, 'writer'> = {
      ...(actor === undefined ? {} : { actor: { id: actor } }),
      at: new Date(at).toISOString(),
      ...(input.authn === undefined ? {} : { authn: input.authn }),
      ...(input.challenge === undefined ? {} : { challenge: input.challenge }),
      data: input.data,
      ...deviceOf(input.context),
      ...(input.flow === undefined ? {} : { flow: input.flow }),
      id,
      ...(input.lineage === undefined ? {} : { lineage: input.lineage }),
      ...(net === undefined || ipId === undefined ? {} : { net: { hops: net.hops, ip: shortenAddress(net.ip), ipId } }),
      ...(input.outcome === undefined ? {} : { outcome: input.outcome }),
      ...(input.reason === undefined ? {} : { reason: input.reason }),
      ...requestOf(input.context),
      ...(sealed === undefined ? {} : { sealed }),
      ...(input.stepUp === undefined ? {} : { stepUp: input.stepUp }),
      ...(subject === undefined ? {} : { subject: { id: subject } }),
      ...this.#targetOf(input),
      ...(input.tenant === undefined ? {} : { tenant: cut(input.tenant) }),
      type,
      v: 1,
    }
    return { at, event, marks }
  }

  /** Gives a draft its place in the writer's count and makes the entry. */
  finish(draft: Draft, writer: AuditEvent['writer']): Entry {
    const event: AuditEvent = { ...draft.event, writer }
    const bytes = Buffer.from(canonicalize(event), 'utf8')
    if (bytes.length > MAX_ENTRY_BYTES) {
      throw new AuditError('ERR_AUDIT_TOO_LARGE', `An event of type ${event.type} exceeds ${MAX_ENTRY_BYTES} bytes.`)
    }
    return { id: event.id, at: draft.at, bytes, tags: tagsOf(event) }
  }

  /** To be called when a draft is on disk: what it sealed need not be sealed again. */
  committed(draft: Draft): void {
    for (const mark of draft.marks) this.#sealed.set(mark, true)
  }

  /** The keyed pseudonym of a value, remembered. */
  async pseudonym(context: string, value: string): Promise<string> {
    const name = `${context}\n${value}`
    const known = this.#pseudonyms.get(name)
    if (known !== undefined) return known

    const pseudonym = await this.#parts.keyring.pseudonym(context, value)
    this.#pseudonyms.set(name, pseudonym)
    return pseudonym
  }

  /**
   * Seals what is personal: of the actor each piece once for each lineage, and always where there is no lineage; what only
   * this event holds always, and under the key of the subject if there is one.
   */
  async #envelope(
    id: string,
    at: number,
    input: EventInput<EventType>,
  ): Promise<Pick<AuditEvent, 'sealed'> & Pick<Draft, 'marks'>> {
    const { actor, lineage } = input
    const mark = ([name, value]: readonly [string, string]): string =>
      JSON.stringify([lineage, actor?.user, name, value])
    const details = sealedDetails(input.sealed)
    const user = details.length > 0 ? (input.subject ?? actor?.user) : actor?.user
    // An envelope has one key. What is the actor's own does not go under another person's, where erasing the actor would
    // not reach it: it comes with the next event that is sealed for the actor.
    const own = user === actor?.user ? personalOf(input) : []
    const fresh = own.filter((field) => lineage === undefined || !this.#sealed.has(mark(field)))
    if (fresh.length + details.length === 0) return { marks: [] }

    const subject: Subject = user === undefined ? { anonymousAt: at } : { user }
    const sealed = await this.#parts.subjects.seal(subject, id, Object.fromEntries([...fresh, ...details]))
    return { sealed, marks: lineage === undefined ? [] : fresh.map(mark) }
  }

  #targetOf(input: EventInput<EventType>): Pick<AuditEvent, 'target'> {
    const target = input.target ?? input.context?.target
    if (target === undefined) return {}

    return {
      target: {
        app: cut(target.app ?? this.#parts.app),
        ...(target.method === undefined ? {} : { method: cut(target.method) }),
        ...(target.resource === undefined ? {} : { resource: cut(target.resource) }),
        ...(target.route === undefined ? {} : { route: cut(target.route) }),
      },
    }
  }
}

function deviceOf(context: EventContext | undefined): Pick<AuditEvent, 'device'> {
  if (context?.device === undefined) return {}

  const { browser, id, known, os, type } = context.device
  return {
    device: {
      ...(browser === undefined ? {} : { browser: cut(browser) }),
      id,
      known,
      ...(os === undefined ? {} : { os: cut(os) }),
      ...(type === undefined ? {} : { type: cut(type) }),
    },
  }
}

function requestOf(context: EventContext | undefined): Pick<AuditEvent, 'request'> {
  if (context === undefined) return {}

  const { requestId: id, trace } = context
  return { request: { id, ...(trace === undefined ? {} : { span: trace.span, trace: trace.id }) } }
}

/** What may be read by nobody who does not have the subject's key. */
function personalOf(input: EventInput<EventType>): readonly (readonly [string, string])[] {
  const ip = input.context?.net?.ip
  const userAgent = input.context?.device?.userAgent
  const fields: (readonly [string, string | undefined])[] = [
    ['ip', ip],
    ['userAgent', userAgent],
    ...Object.entries(input.actor?.identity ?? {}).map(([name, value]) => [`identity.${name}`, value] as const),
  ]
  // Client and identity provider control the values: however long they are, the event must fit.
  return fields.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.slice(0, MAX_SEALED_TEXT).toWellFormed()] as const],
  )
}

/** Shortens a text to what a tag may hold. */
function cut(text: string): string {
  const short = text.slice(0, MAX_TEXT).toWellFormed().replaceAll('\0', '\uFFFD')
  return Buffer.byteLength(short) <= MAX_TEXT_BYTES
    ? short
    : Buffer.from(short).subarray(0, MAX_TEXT_BYTES).toString('utf8')
}
