import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { OPENED, withAudit, type Bench } from '../../../test/bench.ts'
import type { Audit } from '../audit-contract.ts'
import { event } from '../events/event.ts'

const MEMBERS = ['id', 'context', 'actor', 'target', 'authn', 'outcome', 'reason', 'lineage', 'flow', 'stepUp'] as const
const MORE = ['challenge', 'tenant', 'subject', 'sealed', 'data'] as const
const PARTS = ['requestId', 'trace', 'net', 'device', 'place', 'target', 'id', 'known', 'ip', 'hops', 'user'] as const
const MORE_PARTS = ['identity', 'factor', 'amr', 'authenticator', 'route', 'browser', 'country', 'asn'] as const
const RUNS = 300
// Each is written by itself, however long it takes.
const PATIENT = { flood: { whole: 1_000 }, durableBudgetMs: 10_000 }

// Every kind of text, number and nothing; and objects that look like what belongs there.
const leaf = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom<unknown[]>('a\ud800', 'a\0', 'x'.repeat(257), '', 'success', 'r', '__proto__', undefined, null),
  fc.constantFrom<unknown[]>(0, -0, 7, 0.5, Number.NaN, 2 ** 60, true, false, [], {}, [null], [[]], ['a', 'b']),
)
const named = fc.dictionary(fc.constantFrom(...PARTS, ...MORE_PARTS), leaf, { maxKeys: 6 })
const request = fc.record({ requestId: fc.oneof(leaf, fc.constant('r1')) }, { requiredKeys: [] })
const garbage = fc.oneof(
  leaf,
  named,
  fc.dictionary(fc.constantFrom('net', 'device', 'trace', 'place', 'target'), fc.oneof(leaf, named)),
  fc.tuple(request, named).map(([one, other]) => ({ ...other, ...one })),
  fc.record({ requirement: fc.oneof(leaf, fc.array(leaf), named) }, { requiredKeys: [] }),
)
const input = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...MEMBERS, ...MORE), garbage, { maxKeys: 3 }),
    fc.constantFrom({ data: { requirement: 'r' } }, {}),
  )
  .map(([said, sound]) => ({ ...sound, ...said }))

describe('what a caller without types says of an event', () => {
  test('is refused, or can be read, found and verified: never both taken and unreadable', async () => {
    await withAudit(async (bench) => {
      const { audit } = bench
      const counts = { recorded: 0, lost: 0 }
      await fc.assert(
        fc.asyncProperty(input, async (said) => {
          const emitted = await audit.emit('access.denied', Object(said))
          const committed = await commitsOf(audit, said)
          expect([
            ['recorded', 'committed'],
            ['lost', 'ERR_AUDIT_INPUT'],
          ]).toContainEqual([emitted, committed])
          counts.recorded += emitted === 'recorded' ? 2 : 0
          counts.lost += emitted === 'lost' ? 1 : 0
        }),
        { numRuns: RUNS },
      )
      await requireSound(bench, audit, counts)
    }, PATIENT)
  })

  test.each<readonly [string, object]>([
    ['authn that is null', { authn: null }],
    ['authn that is a list', { authn: [] }],
    ['authn that is a text', { authn: 'password' }],
    ['a factor that is a number', { authn: { factor: 7 } }],
    ['methods that are a text', { authn: { amr: 'pwd' } }],
    ['a step-up that is a number', { stepUp: 7 }],
    ['a challenge that is an object', { challenge: {} }],
    ['a lineage that is null', { lineage: null }],
    ['an outcome that is no word of the three', { outcome: 'fine' }],
    ['a request without its id', { context: { requestId: undefined } }],
    ['a device without its id', { context: { requestId: 'r', device: { known: true } } }],
    ['hops that are a text', { context: { requestId: 'r', net: { ip: '192.0.2.1', hops: '1' } } }],
    ['an actor that is null', { actor: null }],
    ['an actor whose name is a number', { actor: { user: 7 } }],
    ['an identity of numbers', { actor: { user: 'u', identity: { name: 7 } } }],
    ['an id in a list', { id: ['01KA0000000000000000000000'] }],
    ['no payload', { data: null }],
    ['nothing at all', Object(undefined)],
  ])('is lost and counted when it is emitted with %s, and refused when it is committed', async (_, said) => {
    await withAudit(async ({ audit, events }) => {
      const whole = Object.keys(said).length === 0 ? said : { data: { requirement: 'r' }, ...said }

      expect(await audit.emit('access.denied', Object(whole))).toBe('lost')
      expect(await commitsOf(audit, whole)).toBe('ERR_AUDIT_INPUT')
      await audit.close()
      const gaps = (await events()).filter(({ type }) => type === 'ledger.gap_recorded')
      expect(gaps.map(({ data }) => data['lost'])).toEqual([{ 'access.denied': 1 }])
    })
  })

  test('is refused whatever the levels and the count of failures would look at', async () => {
    await withAudit(
      async ({ audit }) => {
        for (const said of [null, { actor: null }, { context: null }, { target: 7 }, { actor: {} }])
          expect(await audit.emit('access.denied', Object(said))).toBe('lost')
      },
      { levels: [{ type: 'access.*', route: '/', level: 'metadata' }] },
    )
  })

  test('has a type of the registry', async () => {
    await withAudit(async ({ audit }) => {
      const emitOf = async (type: unknown): Promise<unknown> =>
        await Reflect.apply((...[one, said]: Parameters<Audit['emit']>) => audit.emit(one, said), undefined, [
          type,
          { data: {} },
        ])
      for (const type of ['constructor', ['access.denied'], undefined])
        await expect(emitOf(type)).rejects.toMatchObject({ code: 'ERR_AUDIT_INPUT' })
    })
  })
})

async function commitsOf(audit: Audit, said: object): Promise<unknown> {
  const commit = audit.commit({ writes: [], events: [event('access.denied', Object(said))] })
  return await commit.then(
    () => 'committed',
    (error: unknown) => Reflect.get(Object(error), 'code'),
  )
}

async function requireSound(
  { events, verify }: Bench,
  audit: Audit,
  counts: { readonly recorded: number; readonly lost: number },
): Promise<void> {
  await audit.settle()
  const written = await events()
  const lost = written.filter(({ type }) => type === 'ledger.gap_recorded').map(({ data }) => data['lost'])

  expect(counts.recorded).toBeGreaterThan(RUNS / 20)
  expect(written.slice(0, OPENED.length).map(({ type }) => type)).toEqual(OPENED)
  expect(written.filter(({ type }) => type === 'access.denied')).toHaveLength(counts.recorded)
  const found = await audit.query({ type: 'access.denied' }, { limit: 1_000 })
  expect(found.events).toHaveLength(counts.recorded)
  expect(lost.reduce<number>((sum, one) => sum + Number(Reflect.get(Object(one), 'access.denied')), 0)).toBe(
    counts.lost,
  )
  expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
}
