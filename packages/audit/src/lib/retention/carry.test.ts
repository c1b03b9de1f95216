import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LedgerEvent } from '../events/types.ts'
import { createLifecycleChecker } from '../verifying/lifecycle.ts'
import type { Problem } from '../verifying/verdict.ts'
import { createWriterChecker } from '../verifying/verdict-writers.ts'
import { CarryOver } from './carry.ts'
import { formatPruned, NOTHING_CARRIED, parsePruned, type Carry } from './pruned-note.ts'

const STEP = fc.record({
  boot: fc.constantFrom('A', 'B'),
  seq: fc.integer({ min: 1, max: 12 }),
  voids: fc.uniqueArray(fc.integer({ min: 1, max: 11 }), { maxLength: 2 }),
  kind: fc.constantFrom('issued', 'verified', 'attempt_failed', 'settled', 'none'),
  challenge: fc.constantFrom('c1', 'c2', 'c3'),
})

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

  test('is bounded, and then leaves out what was heard of longest ago', () => {
    const carrying = new CarryOver(NOTHING_CARRIED)
    for (let index = 0; index < 5_000; index++) {
      carrying.take(
        eventOf({ boot: `boot-${index}`, seq: 1, voids: [], kind: 'issued', challenge: `c-${index}` }, index),
      )
    }
    const { carry } = carrying
    expect(Buffer.byteLength(textOf(carry))).toBeLessThan(80_000)
    expect([carry.challenges.at(-1), carry.writers.at(-1)?.boot]).toEqual(['c-4999', 'boot-4999'])
  })

  test('forgets a process that closed the ledger', () => {
    const carrying = new CarryOver(NOTHING_CARRIED)
    const step = { boot: 'A', voids: [], kind: 'none', challenge: '' } as const
    carrying.take(eventOf({ ...step, seq: 1 }, 0))
    carrying.take({ ...eventOf({ ...step, seq: 2 }, 1), type: 'ledger.closed', data: { settled: 1 } })
    expect(carrying.carry.writers).toEqual([])
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
  return parsePruned(textOf(carrying.carry))?.carry ?? NOTHING_CARRIED
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

function judge(events: readonly LedgerEvent[], carry: Carry): readonly Problem[] {
  const [lifecycle, writers] = [createLifecycleChecker(), createWriterChecker()]
  lifecycle.resume(carry.challenges)
  writers.resume(carry.writers)
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
