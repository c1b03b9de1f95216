import type { LedgerEvent } from '@sallyport/audit'
import type { Store } from '@sallyport/store'
import type { Run } from './run-program.ts'
import { lineageOf, unitOf, type Said, type Step } from './said.ts'

/** What is found of one unit after a run. */
interface Found {
  /** The lineages of its events, in the order of the ledger. */
  readonly events: readonly LedgerEvent[]
  /** How many events its record tells of; 0 without a record. */
  readonly record: number
}

// What a commit may be answered, and what is then to be found: so many times at least, and at most.
const WRITTEN = [1, 1] as const
const NOT_WRITTEN = [0, 0] as const
const PERHAPS = [0, 1] as const

/** Judges the log and the records against what the program was told. */
export async function judgeEvents(
  { said, trouble, wasKilled }: Run,
  ledger: { readonly store: Store; readonly events: readonly LedgerEvent[]; readonly signedSize: number },
): Promise<readonly string[]> {
  const { store, events, signedSize } = ledger
  const records = new Map(
    (await store.list(['done'], { limit: 1_000 })).map(({ key, value }) => [key[1] ?? '', Number(value)]),
  )
  const [count] = await store.get([['count']])
  const units = gather(events)
  for (const name of [...records.keys(), ...said.flatMap((one) => ('unit' in one ? [one.unit] : []))]) {
    if (!units.has(name)) units.set(name, [])
  }
  const found = [...units].flatMap(([name, ofUnit]) => {
    const answers = said.filter((one) => 'unit' in one && one.unit === name)
    return judgeUnit({ name, answers }, { events: ofUnit, record: records.get(name) ?? 0 })
  })
  const counted = Number(count?.value ?? 0)
  if (counted !== records.size) found.push(`${counted} commits were counted, and ${records.size} are there.`)
  if (events.some(({ index }, place) => index !== place)) found.push('The indexes have gaps.')
  found.push(...judgeSigned(said, units, signedSize))
  const isWhole = trouble === '' && !wasKilled
  return [...found, ...judgeSilent(events), ...judgeSteps(said, events), ...(isWhole ? judgeLost(said, events) : [])]
}

/** The events that the program has recorded, by their unit. */
function gather(events: readonly LedgerEvent[]): Map<string, LedgerEvent[]> {
  const units = new Map<string, LedgerEvent[]>()
  for (const one of events) {
    if (one.lineage === undefined) continue
    const name = unitOf(one.lineage)
    units.set(name, [...(units.get(name) ?? []), one])
  }
  return units
}

function judgeUnit(
  { name, answers }: { readonly name: string; readonly answers: readonly Said[] },
  { events, record }: Found,
): readonly string[] {
  const found: string[] = []
  const isCommit = events.some(({ type }) => type === 'session.started') || record > 0
  const expected = isCommit ? record : Math.min(1, events.length)
  const lineages = events.map(({ lineage }) => lineage)
  const whole = Array.from({ length: expected }, (_, place) => lineageOf(name, place))
  if (lineages.join() !== whole.join())
    found.push(`${name}: the record tells of ${record} events, and ${events.length} are there.`)
  if (events.some(({ index }, place) => index !== (events[0]?.index ?? 0) + place))
    found.push(`${name}: its events are apart.`)
  const times = events.filter(({ lineage }) => lineage === lineageOf(name, 0)).length
  const [least, most] = boundsOf(answers.map(({ answer }) => answer))
  if (times < least) found.push(`${name}: it was acknowledged, and is not there.`)
  if (times > most)
    found.push(
      `${name}: it is there ${times} times, and was answered ${answers.map(({ answer }) => answer).join(', ')}.`,
    )
  return found
}

/** What must be found of what was answered so; several answers are those to repeats of one commit. */
function boundsOf(answers: readonly string[]): readonly [number, number] {
  if (answers.some((answer) => answer === 'ok' || answer === 'recorded')) return WRITTEN
  // Without an answer, with one that leaves it open, and when nobody waited to the end.
  if (answers.length === 0 || answers.some((answer) => OPEN.has(answer))) return PERHAPS
  return NOT_WRITTEN
}

// An event that counts as lost may be there after all, when it was not known what became of its commit.
const OPEN: ReadonlySet<string> = new Set(['ERR_STORE_OUTCOME_UNKNOWN', 'pending', 'lost'])

/** What was acknowledged before the ledger said that it had settled, or was closed, was signed by then. */
function judgeSigned(
  said: readonly Said[],
  units: ReadonlyMap<string, readonly LedgerEvent[]>,
  signedSize: number,
): readonly string[] {
  const settled = said.findLastIndex(({ step, answer }) => (step === 'settle' || step === 'close') && answer === 'ok')
  const unsigned = said.slice(0, Math.max(0, settled)).filter((one) => {
    if (!('unit' in one) || (one.answer !== 'ok' && one.answer !== 'recorded')) return false
    return (units.get(one.unit) ?? []).some(({ index }) => index >= signedSize)
  })
  return unsigned.length === 0 ? [] : [`The ledger had settled, and ${unsigned.length} commits were not signed.`]
}

/** Every process that opened the ledger has closed it, or is recorded as silent, once. */
function judgeSilent(events: readonly LedgerEvent[]): readonly string[] {
  const bootsOf = (type: string): readonly string[] =>
    events.filter((one) => one.type === type).map(({ writer }) => writer.boot)
  const closed = bootsOf('ledger.closed')
  const victims = events.filter(({ type, writer }) => type === 'ledger.opened' && writer.id === 'victim')
  const silent = events.flatMap(({ data: { silent: one } }) =>
    typeof one === 'object' && one !== null && 'boot' in one ? [String(one.boot)] : [],
  )
  const expected = victims.map(({ writer }) => writer.boot).filter((boot) => !closed.includes(boot))
  return silent.toSorted().join() === expected.toSorted().join()
    ? []
    : [`Silent are ${expected.length} processes, and ${silent.length} are recorded.`]
}

/** What was said to be done has its event. */
function judgeSteps(said: readonly Said[], events: readonly LedgerEvent[]): readonly string[] {
  const told = (step: Step): number => said.filter((one) => one.step === step && one.answer === 'ok').length
  const recorded = (type: string): number =>
    events.filter((one) => one.type === type && one.writer.id === 'victim').length
  return [
    ...(recorded('ledger.opened') < told('open') ? ['The ledger was opened, and does not say so.'] : []),
    ...(recorded('ledger.closed') < told('close') ? ['The ledger was closed, and does not say so.'] : []),
  ]
}

/** When the last closing went well, every event that was given away is there or counted as lost. */
function judgeLost(said: readonly Said[], events: readonly LedgerEvent[]): readonly string[] {
  if (said.findLast(({ step }) => step === 'close' || step === 'open')?.answer !== 'ok') return []
  if (said.some(({ step, answer }) => step === 'close' && answer !== 'ok')) return []
  return ['access.denied', 'oidc.login.started'].flatMap((type) => {
    const given = said.filter((one) => one.step === 'emit' && one.type === type).length
    const there = events.filter((one) => one.type === type).length
    const lost = events.reduce((sum, { data }) => sum + countIn(data['lost'], type), 0)
    return there + lost >= given
      ? []
      : [`Of ${given} events ${type} ${there} are there and ${lost} are recorded as lost.`]
  })
}

function countIn(counts: unknown, type: string): number {
  const count: unknown = typeof counts === 'object' && counts !== null ? Reflect.get(counts, type) : undefined
  return typeof count === 'number' ? count : 0
}
