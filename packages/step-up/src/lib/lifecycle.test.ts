import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { PAGE } from '../../test/page-form.ts'
import type { Person } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { openWorld, type World } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

// What people, time and the closer can do, in any order.
const operations = fc.oneof(
  fc.record({
    does: fc.constantFrom('answer', 'fail', 'open', 'cancel', 'burst'),
    who: fc.nat({ max: 1 }),
    what: fc.nat({ max: 2 }),
    factor: fc.constantFrom('totp', 'webauthn'),
  }),
  fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 30_000, 200_000, 300_000, 900_000) }),
  fc.record({ does: fc.constantFrom('close', 'leave') }),
)

type Operation = Parameters<Parameters<typeof operations.map>[0]>[0]

/** Two browsers of one person, who has both factors. */
async function people(world: World): Promise<readonly [Person, Person]> {
  const ann = world.person()
  await ann.signIn()
  await ann.enrol('totp')
  world.clock.advance(30_000)
  await ann.enrol('webauthn')
  const other = world.person()
  await other.signIn()
  return [ann, other]
}

async function perform(world: World, [ann, other]: readonly [Person, Person], operation: Operation): Promise<void> {
  if ('ms' in operation) return world.clock.advance(operation.ms)
  if (!('who' in operation)) {
    if (operation.does === 'close') return await world.closeOverdue()
    await other.post('/logout')
    await other.signIn()
    return
  }
  const person = operation.who === 0 ? ann : other
  const refusal = await person.post(operation.what === 0 ? '/plain' : '/transfer', {
    json: { to: 'Bob', amount: operation.what },
  })
  const url = refusal.body['challengeUrl']
  if (typeof url !== 'string') return
  const { factor } = operation
  const code = operation.does === 'fail' ? 'wrong' : ann.code(factor)
  if (operation.does === 'cancel') await person.post(`${url}/cancel`)
  else if (operation.does === 'open') await person.get(`${url}?factor=${factor}`, PAGE)
  else if (operation.does === 'burst')
    await raceOf(5, (turn) => person.copy().prove(refusal, factor, turn === 1 ? code : 'wrong'))
  else await person.prove(refusal, factor, code)
}

describe('every challenge', () => {
  test('ends exactly once, whatever people, time and the closer do: issued = ended + open', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operations, { minLength: 5, maxLength: 25 }), async (steps) => {
        const world = await openWorld()
        const both = await people(world)

        for (const step of steps) await perform(world, both, step)
        const { verdict, problems, lifecycle } = await world.verify()
        world.clock.advance(LIMITS.stepUpMs)
        await world.closeOverdue()
        const closed = await world.verify()

        expect({ verdict, problems }).toEqual({ verdict: 'good', problems: [] })
        expect(lifecycle?.issued).toBe((lifecycle?.ended ?? 0) + (lifecycle?.open ?? 0))
        expect(closed.lifecycle).toEqual({ issued: lifecycle?.issued, ended: lifecycle?.issued, open: 0 })
        expect(await world.store.due(['challenge'], 10)).toEqual([])
        expect(await world.store.due(['step-up'], 10)).toEqual([])
      }),
      { numRuns: 25 },
    )
  }, 120_000)
})
