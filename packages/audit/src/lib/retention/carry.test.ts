import { sortableId } from '@sallyport/store'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LedgerEvent } from '../events/types.ts'
import { createLifecycleChecker } from '../verifying/lifecycle.ts'
import type { Problem } from '../verifying/verdict.ts'
import { createWriterChecker } from '../verifying/verdict-writers.ts'
import { CarryOver, fitCarry } from './carry.ts'
import { formatPruned, NOTHING_CARRIED, parsePruned, type Carry } from './pruned-note.ts'

const STEP = fc.record({
  boot: fc.constantFrom('A', 'B'),
  seq: fc.integer({ min: 1, max: 12 }),
  voids: fc.uniqueArray(fc.integer({ min: 1, max: 11 }), { maxLength: 2 }),
  kind: fc.constantFrom('issued', 'verified', 'attempt_failed', 'settled', 'none'),
  challenge: fc.constantFrom('c1', 'c2', 'c3'),
})

const QUIET = { voids: [], kind: 'none', challenge: '' } as const

describe('CarryOver', () => {
  test('lets what remains be judged as if nothing had been pruned, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 40 }), fc.nat(40), fc.nat(40), (steps, one, other) => {
        const events = named(steps).map(eventOf)
        const [early, late] = [Math.min(one, other), Math.max(one, other)]
        const whole = judge(events, NOTHING_CARRIED).filter(({ index = 0 }) => index >= late)
        const first = carryOf(events.slice(0, early), NOTHING_CARRIED)
        const second = carryOf(events.slice(early, late), first)
        expect(judge(events.slice(late), second).map(nameOf)).toEqual(whole.map(nameOf))
      }),
      { numRuns: 500 },
    )
  })

  test('never leaves out a challenge: beyond what a record can hold there is no carry', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.constantFrom('x', '"', 'é', '\u{1f512}'), (length, character) => {
        const carrying = new CarryOver(NOTHING_CARRIED)
        const nameAt = (at: number): string => `${at}-${character.repeat(length)}`
        const wholeAt = Array.from({ length: 200 }, (_, group) => {
          for (let at = group * 200; at < (group + 1) * 200; at++) carrying.take(issued(nameAt(at)))
          return carrying.underWay && fitCarry(carrying.underWay)
        })
        const last = wholeAt.findIndex((carry) => carry === undefined) - 1
        expect(wholeAt.slice(0, last + 1).map((carry) => carry?.challenges.length)).toEqual(
          wholeAt.slice(0, last + 1).map((_, group) => (group + 1) * 200),
        )
        const newest = wholeAt[last]
        expect(newest).toBeDefined()
        const bytes = newest === undefined ? 0 : recordBytes(newest)
        expect(bytes).toBeGreaterThan(100_000)
        expect(bytes).toBeLessThan(210_000)
      }),
      { numRuns: 4 },
    )
  })

  test('leaves out the boots that were heard of longest ago, and accuses none of them when it goes on', () => {
    const carrying = new CarryOver(NOTHING_CARRIED)
    const boots = Array.from({ length: 4_000 }, (_, at) => sortableId(1_000 + at, Buffer.alloc(10)))
    for (const [at, boot] of boots.entries()) carrying.take(eventOf({ ...QUIET, boot, seq: 1 }, at))
    const carry = fitCarry(carrying.underWay ?? NOTHING_CARRIED)
    const kept = carry.writers.length

    expect(kept).toBeGreaterThan(1_000)
    expect(carry.writers.map(({ boot }) => boot)).toEqual(boots.slice(-kept))
    expect([carry.forgotten, recordBytes(carry) < 210_000]).toEqual([1_000 + 3_999 - kept, true])
    const read = parsePruned(textOf(carry))?.carry ?? NOTHING_CARRIED
    const later = boots.flatMap((boot) =>
      [3, 2, 4].map((seq) => ({ ...QUIET, boot, seq, kind: seq === 4 ? ('settled' as const) : QUIET.kind })),
    )
    expect(judge(later.map(eventOf), read)).toEqual([])
    const younger = { ...QUIET, boot: sortableId(9_000, Buffer.alloc(10)), seq: 4, kind: 'settled' } as const
    expect(judge([eventOf(younger, 0)], read)).toMatchObject([{ kind: 'writer_gap' }])
    expect(carryOf([], read).forgotten).toBe(carry.forgotten)
  })

  test('carries thousands of numbers that came before those that are waited for', () => {
    const events = Array.from({ length: 5_000 }, (_, at) => eventOf({ ...QUIET, boot: 'A', seq: at + 2 }, at))
    const carry = carryOf(events, NOTHING_CARRIED)
    expect(carry.writers[0]?.ahead.length).toBe(5_000)
    expect(judge([eventOf({ ...QUIET, boot: 'A', seq: 1 }, 5_000)], carry)).toEqual([])
  })

  test('forgets a process that closed the ledger', () => {
    const carrying = new CarryOver(NOTHING_CARRIED)
    const step = { ...QUIET, boot: 'A' }
    carrying.take(eventOf({ ...step, seq: 1 }, 0))
    carrying.take({ ...eventOf({ ...step, seq: 2 }, 1), type: 'ledger.closed', data: { settled: 1 } })
    expect(carrying.underWay?.writers).toEqual([])
  })
})

// An id is used anew as long as its challenge is open, and not later: that one has ended is not carried.
function named(steps: readonly Step[]): readonly Step[] {
  const turns = new Map<string, number>()
  return steps.map((step) => {
    const turn = turns.get(step.challenge) ?? 0
    if (step.kind === 'verified') turns.set(step.challenge, turn + 1)
    return { ...step, challenge: `${step.challenge}-${turn}` }
  })
}

function carryOf(events: readonly LedgerEvent[], before: Carry): Carry {
  const carrying = new CarryOver(before)
  for (const event of events) carrying.take(event)
  // By way of its text, as it is stored.
  return parsePruned(textOf(fitCarry(carrying.underWay ?? NOTHING_CARRIED)))?.carry ?? NOTHING_CARRIED
}

function textOf(carry: Carry): string {
  const root = Buffer.alloc(32).toString('base64')
  return formatPruned({
    origin: 'o',
    to: 256,
    size: 257,
    root,
    event: '01MCC5RM000G2081040G208104',
    entryDays: 1,
    carry,
  })
}

function issued(challenge: string): LedgerEvent {
  return eventOf({ ...QUIET, boot: 'A', seq: 1, kind: 'issued', challenge }, 0)
}

function recordBytes(carry: Carry): number {
  return Buffer.byteLength(JSON.stringify({ note: textOf(carry) }))
}

function judge(events: readonly LedgerEvent[], carry: Carry): readonly Problem[] {
  const [lifecycle, writers] = [createLifecycleChecker(), createWriterChecker()]
  lifecycle.resume(carry.challenges)
  writers.resume(carry.writers, carry.forgotten)
  return events.flatMap(({ type, challenge, index, writer, data }) => [
    ...writers.add({ writer, index, type, data }),
    ...lifecycle.add({ type, challenge, index }),
  ])
}

// Of a challenge that ended in what was pruned nobody knows any more that it was there.
function nameOf({ kind, index, message }: Problem): string {
  const late = ['challenge_ended_twice', 'challenge_used_after_end', 'challenge_not_issued']
  return late.includes(kind) ? `${index} challenge` : `${index} ${kind} ${message}`
}

interface Step {
  readonly boot: string
  readonly seq: number
  readonly voids: readonly number[]
  readonly kind: 'issued' | 'verified' | 'attempt_failed' | 'settled' | 'none'
  readonly challenge: string
}

function eventOf({ boot, seq, voids, kind, challenge }: Step, index: number): LedgerEvent {
  const named = voids.filter((number) => number < seq)
  const writer = { id: 'web', boot, seq, ...(named.length === 0 ? {} : { void: named }) }
  const base = { v: 1 as const, id: '', at: '', index, writer, data: {} }
  if (kind === 'settled') return { ...base, type: 'ledger.heartbeat', data: { settled: seq - 1 } }
  return kind === 'none' ? { ...base, type: 'access.allowed' } : { ...base, type: `challenge.${kind}`, challenge }
}
