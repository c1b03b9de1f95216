import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Committed, Json, Store, Write } from '../types.ts'
import { commitOf, entryOf, withStore } from './harness.ts'
import type { Bench, StoreOpener } from './harness.ts'

/** Random commits against the plainest possible model: what is applied is applied whole, what is refused leaves no trace. */
export function describeModel(open: StoreOpener): void {
  describe('model', () => {
    test('v5.0.0-2.3.3 applies every commit whole or leaves no trace of it', () =>
      withStore(open, async (bench) => {
        let run = 0
        const property = fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 12 }), async (steps) => {
          run += 1
          await checkRun(bench, `run${run}`, steps)
        })

        const details = await fc.check(property, { numRuns: 60 })

        expect(details.failed ? fc.defaultReportMessage(details) : 'holds').toBe('holds')
      }))
  })
}

type Op = 'put' | 'keep' | 'remove' | 'check' | 'add'
interface Intent {
  readonly slot: number
  readonly op: Op
  /** Which version to expect: the right one, none, or one that never was. */
  readonly expected: 'current' | 'absent' | 'wrong'
  readonly by: number
  readonly lifetime: number
}
interface Step {
  readonly intents: readonly Intent[]
  readonly entries: number
  readonly pause: number
}
interface Row {
  readonly value: Json
  readonly version: string
  readonly expiresAt: number
  readonly keep: boolean
}

const anyIntent: fc.Arbitrary<Intent> = fc.record({
  slot: fc.nat(4),
  op: fc.constantFrom<Op>('put', 'keep', 'remove', 'check', 'add', 'add'),
  expected: fc.constantFrom('current', 'current', 'current', 'absent', 'wrong'),
  by: fc.integer({ min: -2, max: 3 }),
  lifetime: fc.integer({ min: 1, max: 30 }),
})
const anyStep: fc.Arbitrary<Step> = fc.record({
  intents: fc.uniqueArray(anyIntent, { maxLength: 4, selector: (intent) => intent.slot }),
  entries: fc.nat(2),
  pause: fc.nat(10),
})

async function checkRun(bench: Bench, run: string, steps: readonly Step[]): Promise<void> {
  let rows: ReadonlyMap<string, Row> = new Map()
  for (const [turn, step] of steps.entries()) {
    const id = `${run}.${turn}`
    const size = await bench.store.size()
    const entries = Array.from({ length: step.entries }, (_, index) => entryOf(`${id}.${index}`))
    const writes = step.intents.map((intent) =>
      writeOf(intent, run, { rows: present(rows, bench.now()), now: bench.now() }),
    )
    const [expected, next] = judge(rows, { id, writes, firstIndex: step.entries > 0 ? size : undefined }, bench.now())

    const outcome = await bench.store.commit(commitOf(id, writes, entries))

    rows = next
    expect(outcome).toEqual(expected)
    expect(await bench.store.size()).toBe(outcome.ok ? size + step.entries : size)
    bench.advance(step.pause)
    expect(await readAll(bench.store, run)).toEqual(present(rows, bench.now()))
  }
}

function writeOf(intent: Intent, run: string, state: { rows: ReadonlyMap<string, Row>; now: number }): Write {
  const name = String(intent.slot)
  const key = [run, name]
  const current = state.rows.get(name)?.version ?? null
  const expect = { current, absent: null, wrong: 'never' }[intent.expected]
  const expiresAt = state.now + intent.lifetime
  if (intent.op === 'add') return { op: 'add', key, by: intent.by, max: 4, expiresAt }
  if (intent.op === 'check') return { op: 'check', key, expect }
  if (intent.op === 'remove') return { op: 'remove', key, expect: expect ?? 'never' }
  return { op: 'put', key, value: intent.by, expect, expiresAt, atExpiry: intent.op === 'keep' ? 'keep' : 'drop' }
}

interface Asked {
  readonly id: string
  readonly writes: readonly Write[]
  readonly firstIndex: number | undefined
}

function judge(before: ReadonlyMap<string, Row>, asked: Asked, now: number): [Committed, ReadonlyMap<string, Row>] {
  const rows = new Map(present(before, now))
  const counts: number[] = []
  for (const write of asked.writes) {
    if (write.op === 'drop') continue
    const { key } = write
    const name = key[1] ?? ''
    const row = rows.get(name)
    if (write.op === 'add') {
      const open = row !== undefined && now < row.expiresAt ? row : undefined
      const sum = Math.max(0, Number(open?.value ?? 0) + write.by)
      if (sum > write.max) return [{ ok: false, code: 'limit', key }, before]
      rows.set(name, { keep: false, expiresAt: write.expiresAt, ...open, value: sum, version: asked.id })
      counts.push(sum)
      continue
    }
    if ((row?.version ?? null) !== write.expect) return [{ ok: false, code: 'conflict', key }, before]
    if (write.op === 'remove') rows.delete(name)
    if (write.op === 'put') {
      const { value, expiresAt = Infinity, atExpiry } = write
      rows.set(name, { value, version: asked.id, expiresAt, keep: atExpiry === 'keep' })
    }
  }
  const place = asked.firstIndex === undefined ? {} : { firstIndex: asked.firstIndex }
  return [{ ok: true, ...place, counts }, rows]
}

function present(rows: ReadonlyMap<string, Row>, now: number): ReadonlyMap<string, Row> {
  return new Map([...rows].filter(([, row]) => row.keep || now < row.expiresAt))
}

async function readAll(store: Store, run: string): Promise<ReadonlyMap<string, unknown>> {
  const due = new Set((await store.due([run], 100)).map((record) => record.key[1]))
  const found = await store.list([run], { limit: 100 })
  return new Map(
    found.map(({ key, value, version, expiresAt = Infinity }) => {
      const keep = expect.any(Boolean)
      return [key[1] ?? '', { value, version, expiresAt, keep: due.has(key[1]) ? true : keep }]
    }),
  )
}
