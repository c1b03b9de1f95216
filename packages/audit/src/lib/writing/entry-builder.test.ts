import type { Store } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { OPENED, withAudit, withBench } from '../../../test/bench.ts'
import { SAMPLES } from '../../../test/samples.ts'
import { canonicalize } from '../events/canonical.ts'
import { event } from '../events/event.ts'
import { EVENT_TYPES } from '../events/registry.ts'
import { tagsOf } from '../events/tags.ts'
import type { Actor, AuditEvent, EventContext, EventInput, LedgerEvent, PendingEvent } from '../events/types.ts'

const CANARIES = {
  user: 'canary-user-4711',
  name: 'Canary van der Berg',
  email: 'canary@person.example',
  ip: '203.0.113.77',
  userAgent: 'CanaryBrowser/99.1 (with a long tail)',
} as const

const ACTOR: Actor = { user: CANARIES.user, identity: { name: CANARIES.name, email: CANARIES.email } }
const CONTEXT: EventContext = {
  requestId: 'request-1',
  trace: { id: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' },
  net: { ip: CANARIES.ip, hops: 1 },
  device: {
    id: 'device-1',
    known: true,
    browser: 'Canary 99',
    os: 'Linux',
    type: 'desktop',
    userAgent: CANARIES.userAgent,
  },
  target: { app: 'bank', route: '/transfers/:id', method: 'POST', resource: 'account' },
}

describe('an entry', () => {
  test('v5.0.0-16.2.5 LOG-04 of any type holds no user id, name, address or user agent in clear, in any encoding', async () => {
    await withBench(async ({ open, store, subjects }) => {
      const audit = await open()
      for (const sample of everyType({ actor: ACTOR, context: CONTEXT, lineage: 'lineage-1' })) {
        await audit.commit({ writes: [], events: [sample] })
      }
      await audit.close()

      const written = [...(await dump(store)), ...(await dump(subjects))].join('\n')
      expect(await store.size()).toBe(OPENED.length + EVENT_TYPES.length + 1)
      expect(spellings().filter((spelling) => written.includes(spelling))).toEqual([])
    })
  })

  test('names a person by a pseudonym that another installation would not give', async () => {
    const pseudonym = async (): Promise<string | undefined> => {
      let id: string | undefined
      await withAudit(async ({ audit, events }) => {
        await audit.emit('access.denied', { actor: { user: 'user-1' }, data: { requirement: 'r' } })
        id = (await events()).at(-1)?.actor?.id
      })
      return id
    }
    const [ours, theirs] = await Promise.all([pseudonym(), pseudonym()])

    expect(ours).toMatch(/^[\w-]{8}\.[\w-]{22}$/)
    expect(ours).not.toBe(theirs)
  })

  test('names one person alike in all entries, so that they can be joined', async () => {
    await withAudit(async ({ audit, events }) => {
      await audit.emit('access.denied', { actor: { user: 'user-1' }, data: { requirement: 'r' } })
      await audit.emit('access.denied', { actor: { user: 'user-2' }, data: { requirement: 'r' } })
      await audit.emit('access.denied', { actor: { user: 'user-1' }, data: { requirement: 'r' } })

      const [one, two, again] = (await events()).slice(OPENED.length).map(({ actor }) => actor?.id)
      expect(again).toBe(one)
      expect(two).not.toBe(one)
    })
  })

  test('v5.0.0-16.2.1 LOG-01 says who, on what, how, when, from where, with what outcome, and joins its flow', async () => {
    await withAudit(async ({ audit, events }) => {
      await audit.emit('access.denied', {
        actor: ACTOR,
        context: CONTEXT,
        authn: { factor: 'totp', authenticator: 'a1', strength: ['user_verified'], amr: ['otp'] },
        outcome: 'failure',
        reason: 'factor_too_old',
        lineage: 'lineage-1',
        flow: 'flow-1',
        stepUp: 'step-up-1',
        challenge: 'challenge-1',
        tenant: 'tenant-1',
        data: { requirement: 'transfer' },
      })

      expect((await events()).at(-1)).toMatchObject({
        v: 1,
        type: 'access.denied',
        actor: { id: expect.any(String) },
        target: { app: 'bank', route: '/transfers/:id', method: 'POST', resource: 'account' },
        authn: { factor: 'totp', authenticator: 'a1', strength: ['user_verified'], amr: ['otp'] },
        net: { ip: '203.0.113.0/24', ipId: expect.any(String), hops: 1 },
        device: { id: 'device-1', known: true, browser: 'Canary 99', os: 'Linux', type: 'desktop' },
        request: { id: 'request-1', trace: CONTEXT.trace?.id, span: CONTEXT.trace?.span },
        outcome: 'failure',
        reason: 'factor_too_old',
        lineage: 'lineage-1',
        flow: 'flow-1',
        stepUp: 'step-up-1',
        challenge: 'challenge-1',
        tenant: 'tenant-1',
      })
    })
  })

  test('v5.0.0-16.2.2 has its time in UTC with milliseconds, by the clock of the store', async () => {
    await withBench(
      async ({ open, events }) => {
        await open()

        expect((await events())[0]?.at).toBe('2027-01-15T08:00:00.000Z')
      },
      { clock: () => 1_800_000_000_000 },
    )
  })

  test('is canonical, and its tags say what its bytes say', async () => {
    await withAudit(async ({ audit, store, events }) => {
      for (const sample of everyType({ actor: ACTOR, context: CONTEXT, outcome: 'success', tenant: 't' })) {
        await audit.commit({ writes: [], events: [sample] })
      }

      const parsed = (await events()).map(withoutIndex)
      const stored = await store.read(0, 100)
      expect(stored.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(
        parsed.map((event) => canonicalize(event)),
      )
      expect(stored.map(({ tags }) => tags)).toEqual(parsed.map(tagsOf))
    })
  })

  test('v5.0.0-16.4.1 LOG-05 stays one line whatever the client and the application put into it', async () => {
    await withAudit(async ({ audit, store, verify }) => {
      const hostile = 'a\r\nb\u0085c\u001b[31m"}\u0000{\ud800'
      await audit.emit('access.denied', {
        actor: { user: 'user-1', identity: { name: hostile } },
        context: {
          ...CONTEXT,
          device: { id: 'd', known: false, browser: hostile, os: hostile, type: hostile, userAgent: hostile },
        },
        target: { app: hostile, route: hostile, method: hostile, resource: hostile },
        tenant: hostile,
        data: { requirement: 'r' },
      })
      await audit.settle()

      const [entry] = await store.read(OPENED.length, 1)
      const text = Buffer.from(entry?.bytes ?? []).toString()
      expect(['\r', '\n', '\u001b', '\u0000'].filter((character) => text.includes(character))).toEqual([])
      expect(await verify()).toMatchObject({ verdict: 'good' })
    })
  })

  test('is written however long what the client sent is: texts are cut', async () => {
    await withAudit(async ({ audit, events }) => {
      const long = '\u4e16'.repeat(20_000)
      await audit.emit('access.denied', {
        actor: { user: 'user-1', identity: { name: long } },
        context: { ...CONTEXT, device: { id: 'd', known: false, browser: long, userAgent: long } },
        target: { route: long },
        tenant: long,
        data: { requirement: 'r' },
      })
      const event = (await events()).at(-1)

      expect(event?.type).toBe('access.denied')
      expect(Buffer.byteLength(event?.tenant ?? '')).toBeLessThanOrEqual(256)
    })
  })

  test('joins by ids that are exactly what was said: one that is too long, or ill formed, is refused and not cut', async () => {
    await withAudit(async ({ audit }) => {
      const refused = ['', '\u4e16'.repeat(86), 'a\0', 'a\ud800']
      const tries = refused.flatMap((id) =>
        (['lineage', 'flow', 'stepUp', 'challenge'] as const).map(async (name) =>
          audit.commit({ writes: [], events: [event('session.started', { [name]: id, data: {} })] }),
        ),
      )

      expect(new Set((await Promise.allSettled(tries)).map(codeOf))).toEqual(new Set(['ERR_AUDIT_INPUT']))
    })
  })

  test('is written whatever only describes it: how a person signed in, which request it was', async () => {
    await withAudit(async ({ audit, events }) => {
      const hostile = `a\0\ud800${'\u4e16'.repeat(2_000)}`
      const said = await audit.emit('access.denied', {
        context: { requestId: hostile, trace: { id: hostile, span: hostile }, net: { ip: hostile, hops: 1 } },
        authn: { acr: hostile, amr: Array.from({ length: 1_000 }, () => hostile), strength: [hostile] },
        data: { requirement: 'r' },
      })

      expect(said).toBe('recorded')
      const { acr = '', amr = [] } = (await lastOf(events)).authn ?? {}
      expect([acr.slice(0, 3), amr.length, Buffer.byteLength(acr) <= 256]).toEqual(['a\uFFFD\uFFFD', 32, true])
    })
  })

  test('has of a sign-in what it has a member for, in canonical order, and nothing for what is undefined', async () => {
    await withAudit(async ({ audit, events, verify }) => {
      const authn: object = { strength: ['user_verified'], factor: 'totp', acr: undefined, accessToken: 'secret' }
      await audit.emit('access.denied', { authn, data: { requirement: 'r' } })
      await audit.settle()

      expect((await lastOf(events)).authn).toEqual({ factor: 'totp', strength: ['user_verified'] })
      expect(await verify()).toMatchObject({ verdict: 'good' })
    })
  })

  test.each([
    ['a number that is not whole', 0.5],
    ['a number that has no end', Number.POSITIVE_INFINITY],
    ['half a surrogate pair', 'a\ud800'],
    ['nothing', null],
    ['a list within a list', [[1]]],
    ['a list with a hole', Array(1)],
    ['more items than a list has', Array.from({ length: 1_025 }, () => 1)],
    ['an instance', new Date(0)],
    ['a text that no entry holds', 'x'.repeat(16_385)],
  ])('is refused when its payload holds %s', async (_, value) => {
    await withAudit(async ({ audit }) => {
      const pending: PendingEvent = { type: 'role.changed', input: { data: Object({ added: value, removed: [] }) } }

      await expect(audit.commit({ writes: [], events: [pending] })).rejects.toMatchObject({ code: 'ERR_AUDIT_INPUT' })
    })
  })
})

describe('an envelope', () => {
  test('opens to what was sealed', async () => {
    await withAudit(async ({ audit, events }) => {
      await audit.emit('access.denied', { actor: ACTOR, context: CONTEXT, data: { requirement: 'r' } })

      expect(await audit.reveal(await lastOf(events))).toEqual({
        'identity.email': CANARIES.email,
        'identity.name': CANARIES.name,
        ip: CANARIES.ip,
        userAgent: CANARIES.userAgent,
      })
    })
  })

  test('is there only where something personal is', async () => {
    await withAudit(async ({ audit, events }) => {
      await audit.emit('access.denied', { actor: { user: 'user-1' }, data: { requirement: 'r' } })

      expect(await lastOf(events)).not.toHaveProperty('sealed')
      expect(await audit.reveal(await lastOf(events))).toBeUndefined()
    })
  })

  test('comes once in a lineage; what is new comes again', async () => {
    await withAudit(async ({ audit, events }) => {
      const common = { actor: ACTOR, lineage: 'lineage-1', data: { requirement: 'r' } } as const
      await audit.emit('access.denied', { ...common, context: CONTEXT })
      await audit.emit('access.denied', { ...common, context: CONTEXT })
      await audit.emit('access.denied', { ...common, context: { ...CONTEXT, net: { ip: '198.51.100.9', hops: 1 } } })
      await audit.emit('access.denied', { ...common, context: CONTEXT, lineage: 'lineage-2' })

      const revealed = await Promise.all((await events()).slice(OPENED.length).map((event) => audit.reveal(event)))
      expect(revealed.map((fields) => fields && Object.keys(fields).length)).toEqual([4, undefined, 1, 4])
      expect(revealed[2]).toEqual({ ip: '198.51.100.9' })
    })
  })

  test('comes once for each retention class, so that a short one takes nothing from a longer one', async () => {
    await withAudit(async ({ audit, events }) => {
      const common = { actor: ACTOR, lineage: 'lineage-1' }
      await audit.emit('access.denied', { ...common, data: { requirement: 'r' } })
      const started: PendingEvent = { type: 'session.started', input: { ...common, data: {} } }
      await audit.commit({
        writes: [],
        events: [started, { type: 'session.ended', input: { ...common, data: SAMPLES['session.ended'] } }],
      })
      await audit.emit('access.denied', { ...common, data: { requirement: 'r' } })

      const sealed = (await events()).slice(OPENED.length).map((event) => event.sealed?.subject.split('/')[1])
      expect(sealed).toEqual(['access', 'authentication', 'authentication', undefined])
    })
  })

  test('comes once in a lineage also when a new month begins', async () => {
    let now = Date.UTC(2027, 0, 31, 23, 59, 59)
    await withBench(
      async ({ open, events }) => {
        const audit = await open()
        const denied = { actor: ACTOR, lineage: 'lineage-1', data: { requirement: 'r' } } as const
        await audit.emit('access.denied', denied)
        now += 60_000
        await audit.emit('access.denied', denied)
        await audit.emit('access.denied', { ...denied, lineage: 'lineage-2' })

        const sealed = (await events()).filter(({ type }) => type === 'access.denied').map((event) => event.sealed)
        expect(sealed.map((one) => one?.subject.split(/[/~]/)[2])).toEqual(['2027-01', undefined, '2027-02'])
      },
      { clock: () => now },
    )
  })

  test('comes again when the event that held it was refused', async () => {
    await withAudit(async ({ audit, events }) => {
      const denied: EventInput<'access.denied'> = {
        actor: ACTOR,
        context: CONTEXT,
        lineage: 'lineage-1',
        data: { requirement: 'r' },
      }
      const writes = [{ op: 'remove', key: ['absent'], expect: 'never' }] as const
      await audit.commit({ writes, events: [{ type: 'access.denied', input: denied }] })
      await audit.emit('access.denied', denied)

      expect(await lastOf(events)).toHaveProperty('sealed')
    })
  })

  test('of somebody whom nobody knows is sealed under a key of that day', async () => {
    await withBench(
      async ({ open, events }) => {
        const audit = await open()
        await audit.emit('access.denied', { context: CONTEXT, data: { requirement: 'r' } })
        const event = await lastOf(events)

        expect(event.sealed?.subject).toMatch(/^anonymous\/access\/2027-01-15~/)
        expect(await audit.reveal(event)).toMatchObject({ ip: CANARIES.ip })
      },
      { clock: () => 1_800_000_000_000 },
    )
  })
})

/** Every event type once, with the same input around its payload. */
function everyType(input: Omit<EventInput<'session.started'>, 'data'>): readonly PendingEvent[] {
  return EVENT_TYPES.map((type) => ({ type, input: { ...input, data: SAMPLES[type] } }))
}

function codeOf(tried: PromiseSettledResult<unknown>): unknown {
  return tried.status === 'rejected' ? Reflect.get(Object(tried.reason), 'code') : tried.value
}

function withoutIndex({ index, ...event }: LedgerEvent): AuditEvent {
  expect(index).toBeGreaterThanOrEqual(0)
  return event
}

async function lastOf(events: () => Promise<readonly LedgerEvent[]>): Promise<LedgerEvent> {
  const last = (await events()).at(-1)
  if (last === undefined) throw new Error('the log is empty')
  return last
}

/** Everything that a store holds, as text. */
async function dump(store: Store): Promise<readonly string[]> {
  const records = await store.list([], { limit: 1_000 })
  const entries = await store.read(0, 4_096)
  return [
    ...records.map((record) => JSON.stringify(record)),
    ...entries.map(({ bytes, tags }) => Buffer.from(bytes).toString() + JSON.stringify(tags)),
  ]
}

function spellings(): readonly string[] {
  return Object.values(CANARIES).flatMap((canary) => {
    const bytes = Buffer.from(canary)
    return [
      canary,
      encodeURIComponent(canary),
      bytes.toString('hex'),
      bytes.toString('base64url'),
      bytes.toString('base64'),
    ]
  })
}
