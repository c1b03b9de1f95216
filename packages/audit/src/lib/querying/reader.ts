import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { RevealPolicy, Requester } from '../privacy/privacy-contract.ts'
import { askedBy, requireUser } from '../privacy/requester.ts'
import { openFor, requirePolicy } from '../privacy/reveal-policy.ts'
import type { SubjectKeys } from '../privacy/subject-keys.ts'
import type { LedgerQuery } from './query-contract.ts'
import type { AuditReader, AuditReading } from './reading-contract.ts'
import { QUERY_NAMES } from './tag-query.ts'

/** What a reader reads with. */
export interface ReaderParts extends Pick<AuditReading, 'query' | 'count' | 'story'> {
  readonly subjects: SubjectKeys
  readonly commit: Audit['commit']
}

const PAGE = 1_000
const MAX_NAMES = 64
const MAX_NAME = 64
const FORMAT = /^[a-z0-9-]{1,32}$/
const MAX_PERSONS = 16
const PSEUDONYM = /^[\w-]{1,64}\.[\w-]{22}$/

/** Makes a reader whose reading is recorded; see `AuditReading.reader`. */
export function makeReader(parts: ReaderParts, options: Parameters<AuditReading['reader']>[0]): AuditReader {
  const { by, reveal } = options
  requireUser('by.user', by?.user)
  const reading = new RecordedReading(parts, by, requirePolicy(reveal))
  return {
    query: async (query, page) => await reading.query(query, page),
    count: async (query, groupings) => {
      const counted = await parts.count(query, groupings)
      await reading.viewed('count', counted.total, { query })
      return counted
    },
    story: async (flow) => {
      const story = await parts.story(flow)
      const events = await reading.open(story?.events ?? [])
      await reading.viewed('story', events.length, { query: { flow }, events })
      return story && { ...story, events }
    },
    export: (query, format) => {
      if (!FORMAT.test(format))
        throw new AuditError('ERR_AUDIT_INPUT', 'A format is named by 1 to 32 of a-z, 0-9, "-".')
      return reading.export(query, format)
    },
  }
}

/** What is read, opened as far as it may be, and recorded before it is given: on disk, or nothing is shown. */
class RecordedReading {
  readonly #parts: ReaderParts
  readonly #asked: ReturnType<typeof askedBy>
  readonly #policy: RevealPolicy

  constructor(parts: ReaderParts, by: Requester, policy: RevealPolicy) {
    this.#parts = parts
    this.#asked = askedBy(by)
    this.#policy = policy
  }

  readonly query: AuditReader['query'] = async (query, page) => {
    const found = await this.#parts.query(query, page)
    const events = await this.open(found.events)
    await this.viewed('query', events.length, { query, events })
    return { ...found, events }
  }

  async *export(query: LedgerQuery, format: string): AsyncGenerator<LedgerEvent, void> {
    const revealed = new Set<string>()
    let count = 0
    try {
      let before: number | undefined
      do {
        // Each page is on record before it is given, so that an export whose end never comes is known, too.
        const page = await this.query(query, { before, limit: PAGE })
        before = page.next
        for (const name of namesOf(page.events)) revealed.add(name)
        for (const one of page.events) {
          count += 1
          yield one
        }
      } while (before !== undefined)
    } finally {
      const data = { format, events: count, revealed: bounded(revealed) }
      await this.#commit(event('audit.exported', { ...this.#asked, subject: personOf(query), data }))
    }
  }

  async open(events: readonly LedgerEvent[]): Promise<readonly LedgerEvent[]> {
    return await Promise.all(events.map((one) => openFor(this.#parts.subjects, one, this.#policy)))
  }

  async viewed(
    what: 'query' | 'count' | 'story',
    events: number,
    { query, events: shown = [] }: { readonly query: LedgerQuery; readonly events?: readonly LedgerEvent[] },
  ): Promise<void> {
    const subjects = personsIn(query, shown)
    const filters = filtersOf(query)
    const people = subjects.length === 0 ? {} : { subjects }
    const data = { what, events, filters, revealed: namesOf(shown), ...people }
    await this.#commit(event('audit.viewed', { ...this.#asked, subject: personOf(query), data }))
  }

  async #commit(one: ReturnType<typeof event>): Promise<void> {
    await this.#parts.commit({ writes: [], events: [one] })
  }
}

// Whoever looks up a person is found with what others did to that person.
function personOf(query: LedgerQuery): string | undefined {
  return query.user ?? query.subject
}

/** By what was searched; the values stay with whoever asked. */
function filtersOf(query: LedgerQuery): readonly string[] {
  return QUERY_NAMES.filter((name) => Reflect.get(query, name) !== undefined)
}

/**
 * The pseudonyms of those who were looked at without being named by their id: of whom something was opened, and whoever a
 * search by pseudonym or address has led to. Where there are more, the first ones in what was given.
 */
function personsIn({ actor, address }: LedgerQuery, shown: readonly LedgerEvent[]): readonly string[] {
  // Whatever was typed in its place: only what looks like one is written.
  const persons = new Set(actor !== undefined && PSEUDONYM.test(actor) ? [actor] : [])
  for (const one of shown) {
    const opened = Object.keys(one.revealed ?? {})
    const isOfSubject = one.subject !== undefined && opened.some((name) => name.startsWith('detail.'))
    const person = isOfSubject ? one.subject?.id : one.actor?.id
    if (person !== undefined && (opened.length > 0 || address !== undefined)) persons.add(person)
    if (persons.size >= MAX_PERSONS) break
  }
  return [...persons]
}

/** Which fields were opened. What an identity provider called its fields has no bound: too much is named by its kind. */
function namesOf(events: readonly LedgerEvent[]): readonly string[] {
  return bounded(events.flatMap(({ revealed = {} }) => Object.keys(revealed)))
}

function bounded(names: Iterable<string>): readonly string[] {
  const short = new Set([...names].map((name) => (name.length <= MAX_NAME ? name : kindOf(name))))
  const few = short.size <= MAX_NAMES ? short : new Set([...short].map(kindOf))
  return [...few].toSorted()
}

function kindOf(name: string): string {
  const [kind = '', ...rest] = name.split('.')
  return rest.length === 0 ? kind : `${kind}.*`
}
