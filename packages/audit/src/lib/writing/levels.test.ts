import { describe, expect, test } from 'vitest'
import { withAudit, withBench, type Bench } from '../../../test/bench.ts'
import { event } from '../events/event.ts'
import type { EventContext } from '../events/types.ts'
import type { LevelRule } from './level-rule.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const CONTEXT: EventContext = {
  requestId: 'r1',
  net: { ip: '203.0.113.9', hops: 1 },
  device: { id: 'device-1', known: true, userAgent: 'Browser/1' },
  place: { country: 'DE', region: 'DE-BE' },
  target: { route: '/accounts/:id', method: 'GET', resource: 'account-7' },
}
const ALLOWED = {
  context: CONTEXT,
  actor: { user: 'user-1', identity: { name: 'Ann' } },
  outcome: 'success',
  sealed: { note: 'private' },
  data: { requirement: 'r' },
} as const

describe('levels', () => {
  test('record everything where no rule matches', async () => {
    await withLevels([{ type: 'notification.*', level: 'none' }], async ({ audit, last }) => {
      expect(await audit.emit('access.allowed', ALLOWED)).toBe('recorded')
      expect(await last()).toMatchObject({ net: { country: 'DE' }, device: { id: 'device-1' }, sealed: {} })
    })
  })

  test('leave out what a rule says, and say so to whoever emits it', async () => {
    await withLevels([{ type: 'access.completed', level: 'none' }], async ({ audit, events }) => {
      const completed = { context: CONTEXT, data: { status: 200, durationMs: 1, aborted: false } }
      const before = (await events()).length

      expect(await audit.emit('access.completed', completed)).toBe('left_out')
      expect(await events()).toHaveLength(before)
    })
  })

  test('metadata is who, what, when and how it ended, without address, device, resource and envelope', async () => {
    await withLevels([{ type: 'access.*', level: 'metadata' }], async ({ audit, last }) => {
      await audit.emit('access.allowed', ALLOWED)

      const { id: _id, at: _at, writer: _writer, actor, index: _index, v: _v, ...rest } = await last()
      expect(actor?.id).toMatch(/./)
      expect(rest).toEqual({
        type: 'access.allowed',
        request: { id: 'r1' },
        target: { app: 'bench', route: '/accounts/:id', method: 'GET' },
        outcome: 'success',
        data: { requirement: 'r' },
      })
    })
  })

  test('do not silence that a token or a logout was refused, or a step-up not demanded, on a route that is silent', async () => {
    await withLevels([{ route: '/accounts/:id', level: 'none' }], async ({ audit, events }) => {
      const { target } = CONTEXT
      const code = 'ERR_OIDC_TOKEN'
      const issuer = 'https://idp.example'
      await audit.emit('step_up.reported', { target, data: { requirement: 'transfer', would: 'refuse' } })
      await audit.emit('oidc.token.rejected', { target, outcome: 'failure', data: { issuer, token: 'id', code } })
      await audit.emit('oidc.logout.rejected', { target, outcome: 'failure', data: { issuer, code } })

      expect((await events()).slice(-3).map(({ type }) => type)).toEqual([
        'step_up.reported',
        'oidc.token.rejected',
        'oidc.logout.rejected',
      ])
    })
  })

  test('the first rule that matches decides, by route as mounted and by type', async () => {
    const rules: readonly LevelRule[] = [
      { route: '/accounts/:id', level: 'details' },
      { type: 'access.allowed', level: 'none' },
      { level: 'metadata' },
    ]
    await withLevels(rules, async ({ audit, last }) => {
      await audit.emit('access.allowed', ALLOWED)
      expect(await last()).toMatchObject({ device: { id: 'device-1' } })
      expect(await audit.emit('access.allowed', { ...ALLOWED, target: { route: '/other' } })).toBe('left_out')
      await audit.emit('notification.sent', { ...ALLOWED, target: {}, data: { about: 'a' } })
      expect((await last()).device).toBeUndefined()
    })
  })

  test('LOG-07 never touch what accompanies a change', async () => {
    await withLevels([{ level: 'none' }], async ({ audit, last }) => {
      await audit.commit({ writes: [], events: [event('session.started', { context: CONTEXT, data: {} })] })

      expect(await last()).toMatchObject({ type: 'session.started', device: { id: 'device-1' }, sealed: {} })
    })
  })

  test('LOG-07 keep the metadata of what no ledger may be without', async () => {
    await withLevels([{ level: 'none' }], async ({ audit, last }) => {
      await audit.emit('audit.verified', { context: CONTEXT, data: { verdict: 'good', size: 1, problems: 0 } })

      expect(await last()).toMatchObject({ type: 'audit.verified', request: { id: 'r1' } })
      expect((await last()).net).toBeUndefined()
    })
  })

  test('LOG-07 a change of the rules is in the ledger, with every start that finds other rules', async () => {
    await withBench(async ({ open, events }) => {
      const rules = [{ type: 'access.*', level: 'metadata' }] as const
      for (const levels of [undefined, rules, rules, []]) await (await open({ levels })).close()

      const changes = (await events()).filter(({ type }) => type === 'config.changed').map(({ data }) => data)
      const text = '[{"level":"metadata","type":"access.*"}]'
      expect(changes.filter(({ setting }) => setting === 'audit.levels')).toEqual([
        { setting: 'audit.levels', to: text },
        { setting: 'audit.levels', from: text, to: 'default' },
      ])
    })
  })
})

describe('a rule that could not do what it says', () => {
  test.each<[string, unknown]>([
    ['a type that no event has', { type: 'access.granted', level: 'none' }],
    ['an area that no event has', { type: 'acces.*', level: 'none' }],
    ['a type that accompanies a change', { type: 'session.started', level: 'metadata' }],
    ['an area of such types', { type: 'role.*', level: 'none' }],
    ['a type that no ledger may be without', { type: 'ledger.heartbeat', level: 'none' }],
    ['a level that there is not', { level: 'some' }],
    ['a member that there is not', { level: 'none', path: '/a' }],
    ['a route that is none', { level: 'none', route: '' }],
    ['no rule at all', 'none'],
  ])('refuses at the start %s', async (_what, rule) => {
    await withBench(async ({ open, events }) => {
      const levels: readonly LevelRule[] = JSON.parse(JSON.stringify([rule]))

      await expect(open({ levels })).rejects.toEqual(code('ERR_AUDIT_INPUT'))
      expect(await events()).toEqual([])
    })
  })

  test('refuses more than 64 rules', async () => {
    await withBench(async ({ open }) => {
      const levels = Array.from({ length: 65 }, (): LevelRule => ({ level: 'details' }))

      await expect(open({ levels })).rejects.toEqual(code('ERR_AUDIT_INPUT'))
    })
  })
})

type LevelBench = Parameters<Parameters<typeof withAudit>[0]>[0] & {
  readonly last: () => Promise<Awaited<ReturnType<Bench['events']>>[number]>
}

async function withLevels(levels: readonly LevelRule[], use: (bench: LevelBench) => Promise<void>): Promise<void> {
  await withAudit(
    async (bench) => {
      const last: LevelBench['last'] = async () => {
        const found = (await bench.events()).at(-1)
        if (found === undefined) throw new Error('The log is empty.')
        return found
      }
      await use({ ...bench, last })
    },
    { levels },
  )
}
