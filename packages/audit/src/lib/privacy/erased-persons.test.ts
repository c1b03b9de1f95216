import { describe, expect, test, vi } from 'vitest'
import { withBench } from '../../../test/bench.ts'
import { keysOf, OFFICER } from '../../../test/people.ts'
import type { Audit } from '../audit-contract.ts'

const START = 1_800_000_000_000
const CONTEXT = { requestId: 'r-1', net: { ip: '203.0.113.7', hops: 0 }, target: { route: '/pay' } } as const

describe('the last of many failures, kept in memory', () => {
  test('is written without what an erasure of the person in the same process would have erased', async () => {
    await withBench(async ({ open, subjects, events }) => {
      const audit = await open()
      await fail(audit, 'alice')
      await audit.eraseSubject('alice', OFFICER)
      await audit.close()

      const last = (await events()).findLast(({ type }) => type === 'access.denied')
      expect([last?.sealed, last?.net, last?.target?.route]).toEqual([undefined, undefined, '/pay'])
      expect(await keysOf(subjects)).toEqual([])
    })
  })

  test('is so, too, in another process, but not what happened since', async () => {
    const clock = { now: START }
    await withBench(
      async ({ open, subjects, events }) => {
        const [one, other] = [await open(), await open()]
        await fail(other, 'alice')
        await fail(other, 'bob')
        clock.now += 1_000
        await one.eraseSubject('alice', OFFICER)
        clock.now += 59_000
        const told = async (): Promise<number> =>
          (await events()).filter(({ type }) => type === 'ledger.failures_coalesced').length
        await vi.waitFor(async () => expect(await told()).toBe(2), { timeout: 10_000 })

        expect(await keysOf(subjects)).toHaveLength(1)
        await fail(other, 'alice')
        await other.close()
        expect(await keysOf(subjects)).toHaveLength(2)
        const last = (await events()).findLast(({ type }) => type === 'access.denied')
        expect(last && (await one.reveal(last))).toMatchObject({ ip: '203.0.113.7' })
      },
      { clock: () => clock.now },
    )
  })
})

async function fail(audit: Audit, user: string): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    const actor = { user, identity: { name: `Name ${turn}` } }
    await audit.emit('access.denied', { actor, context: CONTEXT, outcome: 'failure', data: { requirement: 'r' } })
  }
}
