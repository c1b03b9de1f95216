import type { Keyring } from '@sallyport/keyring'
import { sortableId, type Entry } from '@sallyport/store'

import { shortenAddress } from '../events/address.ts'
import { BoundedMap } from '../bounded-map.ts'
import { AuditError } from '../errors.ts'
import { MAX_ENTRY_BYTES } from '../events/entry-bound.ts'
import { eventTime } from '../events/event-id.ts'
import { hasEventMembers } from '../events/event-members.ts'
import { formatDraft, formatEntry, type DraftedEvent } from '../events/event-text.ts'
import type { RandomBytes } from '../system.ts'
import { EVENTS } from '../events/registry.ts'
import { sealedDetails } from '../privacy/sealed-details.ts'
import type { SubjectKeys } from '../privacy/subject-keys.ts'
import { tagsOf } from '../events/tags.ts'
import type { AuditEvent, PendingEvent, WriterStamp } from '../events/types.ts'
import type { EventType } from '../events/event-payloads.ts'
import { requireEventType } from './closed-words.ts'
import { readInput, type SaidEvent } from './event-input.ts'
import type { SaidContext } from './input-context.ts'

/** An event that is complete but for its place in the writer's count, which is given when nothing can come between. */
export interface Draft {
  readonly at: number
  readonly id: string
  readonly type: EventType
  /** Its canonical JSON up to where the writer's stamp belongs. */
  readonly text: string
  readonly tags: Entry['tags']
  /** Marks of what this draft seals, and whose it is, so that later events of the lineage need not repeat it. */
  readonly marks: readonly (readonly [string, string])[]
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

/** Turns what callers say of an event into what is written: pseudonyms for persons, envelopes for what is personal. */
export class EntryBuilder {
  readonly #parts: BuilderParts
  readonly #pseudonyms = new BoundedMap<string, string>(CACHED_NAMES)
  // By mark, whose it is.
  readonly #sealed = new BoundedMap<string, string>(CACHED_MARKS)

  constructor(parts: BuilderParts) {
    this.#parts = parts
  }

  /** Does all that needs waiting: pseudonyms and the envelope. */
  async draft(pending: PendingEvent): Promise<Draft> {
    const { type } = pending
    requireEventType(type)
    // Before anything is awaited: what the caller changes later is another event.
    const input = readInput(type, pending.input)
    const { at, id } = this.#name(input)
    const actor = input.actor && (await this.pseudonym('audit.actor', input.actor.user))
    const subject = input.subject === undefined ? undefined : await this.pseudonym('audit.actor', input.subject)
    const net = input.context?.net
    const ipId = net && (await this.pseudonym('audit.ip', net.ip))
    const { sealed, marks } = await this.#envelope({ type, id, at }, input)
    // Members in canonical order, so that the canonical form costs no sorting.
    const event: DraftedEvent = {
      actor: actor === undefined ? undefined : { id: actor },
      at: new Date(at).toISOString(),
      authn: input.authn,
      challenge: input.challenge,
      data: input.data,
      device: deviceOf(input.context),
      flow: input.flow,
      id,
      lineage: input.lineage,
      net: netOf(input.context, ipId),
      outcome: input.outcome,
      reason: input.reason,
      request: requestOf(input.context),
      sealed,
      stepUp: input.stepUp,
      subject: subject === undefined ? undefined : { id: subject },
      target: this.#targetOf(input),
      tenant: input.tenant,
      type,
      v: 1,
    }
    // What no reader would read must not be written, whoever has let it through.
    if (!hasEventMembers(event)) throw new AuditError('ERR_AUDIT_INPUT', `An event of type ${type} cannot be read.`)
    return { at, id, type, text: formatDraft(event), tags: tagsOf(event), marks }
  }

  // The id says the time, also where the caller had to know it beforehand.
  #name({ id }: SaidEvent): { readonly at: number; readonly id: string } {
    const { clock, randomBytes } = this.#parts
    const at = id === undefined ? undefined : eventTime(id)
    if (id !== undefined && at !== undefined) return { at, id }
    const now = clock.now()
    return { at: now, id: sortableId(now, randomBytes(10)) }
  }

  /** Gives a draft its place in the writer's count and makes the entry. */
  finish({ at, id, type, text, tags }: Draft, writer: WriterStamp): Entry {
    const bytes = Buffer.from(formatEntry(text, writer), 'utf8')
    if (bytes.length <= MAX_ENTRY_BYTES) return { id, at, bytes, tags }
    throw new AuditError('ERR_AUDIT_TOO_LARGE', `An event of type ${type} exceeds ${MAX_ENTRY_BYTES} bytes.`)
  }

  /** To be called when a draft is on disk: what it sealed need not be sealed again. */
  committed(draft: Draft): void {
    for (const [mark, whose] of draft.marks) this.#sealed.set(mark, whose)
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

  /** To be called when the keys of a person were destroyed: what was sealed for them is sealed anew where it comes again. */
  forget(user: string): void {
    this.#sealed.deleteWhere((whose) => whose === user)
    this.#parts.subjects.forget(user)
  }

  /**
   * Seals what is personal: of the actor each piece once for each lineage and retention class, and always where there is no
   * lineage; what only this event holds always, and under the key of the subject if there is one.
   */
  async #envelope(
    { type, id, at }: { readonly type: EventType; readonly id: string; readonly at: number },
    input: SaidEvent,
  ): Promise<Pick<AuditEvent, 'sealed'> & Pick<Draft, 'marks'>> {
    const { actor, lineage } = input
    const { retention } = EVENTS[type]
    // By class: what an event that is kept for a short time has sealed is not there any more for one that is kept longer.
    // Not by month: the first event of a lineage holds for all, as long as its own month is kept.
    const mark = ([name, value]: readonly [string, string]): string =>
      JSON.stringify([lineage, retention, actor?.user, name, value])
    const details = sealedDetails(input.sealed)
    const user = details.length > 0 ? (input.subject ?? actor?.user) : actor?.user
    // An envelope has one key. What is the actor's own does not go under another person's, where erasing the actor would
    // not reach it: it comes with the next event that is sealed for the actor.
    const own = user === actor?.user ? personalOf(input) : []
    const fresh = own.filter((field) => lineage === undefined || !this.#sealed.has(mark(field)))
    if (fresh.length + details.length === 0) return { marks: [] }

    const fields = Object.fromEntries([...fresh, ...details])
    const sealed = await this.#parts.subjects.seal({ user, retention, at }, id, fields)
    return { sealed, marks: lineage === undefined ? [] : fresh.map((field) => [mark(field), user ?? '']) }
  }

  #targetOf(input: SaidEvent): AuditEvent['target'] {
    const target = input.target ?? input.context?.target
    if (target === undefined) return undefined

    const { app = this.#parts.app, method, resource, route } = target
    return {
      app,
      ...(method === undefined ? {} : { method }),
      ...(resource === undefined ? {} : { resource }),
      ...(route === undefined ? {} : { route }),
    }
  }
}

function netOf(context: SaidContext | undefined, ipId: string | undefined): AuditEvent['net'] {
  if (context?.net === undefined || ipId === undefined) return undefined

  const { net, place } = context
  return {
    ...(place?.asn === undefined ? {} : { asn: place.asn }),
    ...(place?.country === undefined ? {} : { country: place.country }),
    hops: net.hops,
    ip: shortenAddress(net.ip),
    ipId,
  }
}

function deviceOf(context: SaidContext | undefined): AuditEvent['device'] {
  if (context?.device === undefined) return undefined

  const { browser, id, known, os, type } = context.device
  return {
    ...(browser === undefined ? {} : { browser }),
    id,
    known,
    ...(os === undefined ? {} : { os }),
    ...(type === undefined ? {} : { type }),
  }
}

function requestOf(context: SaidContext | undefined): AuditEvent['request'] {
  if (context === undefined) return undefined

  const { requestId: id, trace } = context
  return trace === undefined ? { id } : { id, span: trace.span, trace: trace.id }
}

/** What may be read by nobody who does not have the subject's key. */
function personalOf({ actor, context }: SaidEvent): readonly (readonly [string, string])[] {
  const fields: (readonly [string, string | undefined])[] = [
    ['ip', context?.net?.ip],
    ['userAgent', context?.device?.userAgent],
    ['hints', context?.device?.hints],
    ['region', context?.place?.region],
    ...Object.entries(actor?.identity ?? {}).map(([name, value]) => [`identity.${name}`, value] as const),
  ]
  return fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}
