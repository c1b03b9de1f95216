import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { Bank } from '../../test/model/bank.ts'
import { enrol, remove } from '../../test/model/changes.ts'
import { steps } from '../../test/model/commands.ts'
import { Model } from '../../test/model/model.ts'
import type { Faults } from '../../test/faults.ts'
import { answer, open, pass, signIn, visit, type Step } from '../../test/model/visits.ts'
import { openWorld, type WorldOptions } from '../../test/world.ts'

const STORES = ['memory', 'sqlite'] as const
const ROUTES = ['plain', 'strict', 'both', 'transfer'] as const
const STEPS_OF_A_RUN = 60
const STEPS = Number(process.env['SALLYPORT_MODEL_STEPS'] ?? 1_200)

interface Scene {
  readonly model: Model
  readonly bank: Bank
}

// Ann has both factors and two browsers, Ben a code and one.
const BEGINNING: readonly Step[] = [
  signIn(0, 0),
  enrol(0, 'totp', 0),
  enrol(0, 'webauthn', 0),
  signIn(1, 0),
  signIn(2, 1),
  enrol(2, 'totp', 0),
]

async function openScene(options: WorldOptions): Promise<Scene> {
  const world = await openWorld({ ...options, instances: 2 })
  const model = new Model(world.clock.now(), ['ann', 'ben', 'cleo'])
  return { model, bank: new Bank(world, model.browsers) }
}

/** What has to be true when all is over, whatever was done. */
async function judgeEnd({ model, bank: { world, authenticators } }: Scene): Promise<void> {
  const before = await world.verify()
  expect(before.lifecycle).toMatchObject({ issued: model.issued, ended: model.ends.length })
  model.now += 900_000
  world.clock.advance(900_000)
  model.closeOverdue()
  await world.closeOverdue()
  const { verdict, problems, lifecycle } = await world.verify()
  expect({ verdict, problems, lifecycle }).toEqual({
    verdict: 'good',
    problems: [],
    lifecycle: { issued: model.issued, ended: model.issued, open: 0 },
  })

  const events = await world.events()
  const of = (type: string): typeof events => events.filter((event) => event.type === type)
  for (const end of ['verified', 'expired', 'superseded', 'cancelled', 'denied', 'locked'] as const)
    expect([end, of(`challenge.${end}`).length]).toEqual([end, model.ends.filter((each) => each === end).length])
  expect(world.done).toEqual(model.done)
  const allowed = of('access.allowed').map(({ target }) => target?.route?.slice(1))
  for (const route of ROUTES)
    expect(allowed.filter((each) => each === route)).toEqual(model.done.filter((each) => each === route))
  expect(of('step_up.grant.consumed')).toHaveLength(model.done.filter((route) => route === 'transfer').length)
  expect(of('authenticator.enrolled').map(({ authn }) => authn?.authenticator)).toEqual(
    [...authenticators.values()].map(({ id }) => id),
  )
  for (const { name, authenticators: mine } of model.users) {
    const kept = await world.store.list(['authenticator', name], { limit: 100 })
    expect(kept.map(({ key }) => key[2])).toEqual(mine.map((each) => authenticators.get(each)?.id))
  }
  expect(world.errors.filter((code) => code !== 'ERR_ACCOUNT_LOCKED')).toEqual([])
}

/** Random steps after the beginning; all that is said and all that is left agrees with the model. */
function agreement(options: WorldOptions): fc.IAsyncProperty<[Iterable<Step>]> {
  return fc.asyncProperty(fc.commands(steps, { maxCommands: STEPS_OF_A_RUN, size: 'max' }), async (commands) => {
    const scene = await openScene(options)
    try {
      for (const step of BEGINNING) await step.run(scene.model, scene.bank)
      await fc.asyncModelRun(() => ({ model: scene.model, real: scene.bank }), commands)
      await judgeEnd(scene)
    } finally {
      await scene.bank.world.close()
    }
  })
}

/** A ledger that writes down that a grant was used, and does not take it away: it stays good. */
const keepingGrants: Pick<Faults, 'spoil'> = {
  spoil: (options) => {
    const { audit } = options
    const commit: typeof audit.commit = async (content) => {
      const isUse = content.events.some(({ type }) => type === 'step_up.grant.consumed')
      const writes = content.writes.filter((write) => !isUse || write.op !== 'remove' || write.key[0] !== 'grant')
      return await audit.commit({ ...content, writes })
    }
    const spoilt = new Proxy(audit, {
      get: (ledger, name) => {
        const member: unknown = name === 'commit' ? commit : Reflect.get(ledger, name)
        return typeof member === 'function' && name !== 'commit' ? member.bind(ledger) : member
      },
    })
    return { ...options, audit: spoilt }
  },
}

describe('the second door', () => {
  test.each(STORES)(
    'does what a small model of it does, whatever people, administrators and time do, on two instances and %s',
    async (store) => {
      const runs = Math.ceil(STEPS / (STEPS_OF_A_RUN / 2))

      await expect(fc.assert(agreement({ store }), { numRuns: runs })).resolves.toBeUndefined()
    },
    600_000,
  )

  test('ends a challenge of which no authenticator is left, and counts nothing against anybody', async () => {
    const { model, bank } = await openScene({ store: 'memory' })
    const body = { to: 'Bob', amount: 5 }
    const removal: readonly Step[] = [
      pass(0, { route: 'strict', factor: 'webauthn', twice: false, meanwhile: undefined }),
      visit(0, 'both', body),
      open(0, 0, 'totp'),
      remove(0, 1),
      answer(0, 0, { factor: 'totp', whose: 0, late: 0, times: 1, isRightLast: false }),
    ]

    for (const step of [...BEGINNING, ...removal]) await step.run(model, bank)

    expect(model.stepUps.at(-1)?.challenge).toMatchObject({ factor: 'totp', isOver: false })
    expect(await bank.world.events('challenge.attempt_failed')).toEqual([])
  })

  test('differs from the model as soon as a grant can be used twice', async () => {
    const { failed } = await fc.check(agreement({ faults: keepingGrants }), { numRuns: 50, endOnFailure: true })

    expect(failed).toBe(true)
  }, 60_000)
})
