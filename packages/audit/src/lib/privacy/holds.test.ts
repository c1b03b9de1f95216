import { openKeyring, rotateKey } from '@sallyport/keyring'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import { deny, keysOf, OFFICER } from '../../../test/people.ts'

const input: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })
const CASE = { name: 'case-1', reference: 'AZ-2027/14' } as const

describe('a legal hold', () => {
  test('is placed and released once, on record, and names nobody in clear', async () => {
    await withBench(async ({ open, events, store, keyring }) => {
      const audit = await open()
      const subject = await keyring.pseudonym('audit.actor', 'alice')
      expect(await audit.placeHold({ ...CASE, user: 'alice' }, OFFICER)).toEqual({ ok: true })
      expect(await audit.placeHold(CASE, OFFICER)).toEqual({ ok: false, code: 'exists' })
      expect(await audit.holds()).toEqual([{ ...CASE, subject, placedAt: expect.any(Number) }])
      expect(JSON.stringify(await store.list([], { limit: 100 }))).not.toContain('alice')
      expect(await audit.releaseHold('case-1', OFFICER)).toBe(true)
      expect(await audit.releaseHold('case-1', OFFICER)).toBe(false)
      expect(await audit.holds()).toEqual([])

      const actor = { id: await keyring.pseudonym('audit.actor', 'officer') }
      expect((await events()).filter(({ type }) => type.startsWith('privacy.hold'))).toMatchObject([
        {
          type: 'privacy.hold.placed',
          actor,
          subject: { id: subject },
          data: { hold: 'case-1', reference: CASE.reference, covers: 'subject' },
        },
        { type: 'privacy.hold.released', actor, subject: { id: subject }, data: { hold: 'case-1' } },
      ])
    })
  })

  test('on a person refuses the erasure of that person alone', async () => {
    await withAudit(async ({ audit, subjects, events }) => {
      await deny(audit, 'alice')
      await deny(audit, 'bob')
      await audit.placeHold({ ...CASE, user: 'alice' }, OFFICER)
      const size = (await events()).length

      expect(await audit.eraseSubject('alice', OFFICER)).toEqual({ ok: false, code: 'held', hold: 'case-1' })
      expect((await events()).length).toBe(size)
      expect(await audit.eraseSubject('bob', OFFICER)).toMatchObject({ ok: true, keys: 1 })
      expect(await keysOf(subjects)).toHaveLength(1)
    })
  })

  test('on everything refuses every erasure until it is released', async () => {
    await withAudit(async ({ audit }) => {
      await deny(audit, 'alice')
      await audit.placeHold(CASE, OFFICER)
      expect(await audit.eraseSubject('alice', OFFICER)).toMatchObject({ ok: false, code: 'held' })
      await audit.releaseHold('case-1', OFFICER)

      expect(await audit.eraseSubject('alice', OFFICER)).toMatchObject({ ok: true, keys: 1 })
    })
  })

  test('covers the person under every pseudonym', async () => {
    await withBench(async ({ folder, open }) => {
      const old = await open()
      await old.placeHold({ ...CASE, user: 'alice' }, OFFICER)
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const audit = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })

      expect(await audit.eraseSubject('alice', OFFICER)).toMatchObject({ ok: false, code: 'held' })
    })
  })

  test('whose record somebody altered covers everything', async () => {
    await withAudit(async ({ audit, store }) => {
      await audit.placeHold({ ...CASE, user: 'alice' }, OFFICER)
      const [found] = await store.list(['hold'], { limit: 1 })
      if (found === undefined) throw new Error('there is no hold')
      const write = { op: 'put', key: found.key, value: { subject: 7 }, expect: found.version } as const
      await store.commit({ id: 'alter', writes: [write], entries: [] })

      expect(await audit.eraseSubject('bob', OFFICER)).toMatchObject({ ok: false, code: 'held', hold: 'case-1' })
    })
  })

  test('and 50 erasures in the same moment: each person is erased whole or held, never both', async () => {
    await withBench(async ({ open, subjects, events }) => {
      const [one, two] = [await open(), await open()]
      const people = Array.from({ length: 50 }, (_, turn) => `person-${turn}`)
      for (const user of people) await deny(one, user)
      const outcomes = people.map(async (user, turn) => {
        const audit = turn % 2 === 0 ? one : two
        const [erased] = await Promise.all([
          audit.eraseSubject(user, OFFICER),
          audit.placeHold({ name: `case-${turn}`, reference: 'r', user }, OFFICER),
        ])
        return erased.ok
      })
      const erased = await Promise.all(outcomes)

      const recorded = (await events()).filter(({ type }) => type === 'privacy.subject.erased').length
      expect(recorded).toBe(erased.filter(Boolean).length)
      expect(await keysOf(subjects)).toHaveLength(50 - recorded)
      expect(await one.holds()).toHaveLength(50)
    })
  })

  test('of one name is placed once by 50 who place it at the same time', async () => {
    await withAudit(async ({ audit, events }) => {
      const placed = await Promise.all(Array.from({ length: 50 }, async () => audit.placeHold(CASE, OFFICER)))

      expect(placed.filter(({ ok }) => ok)).toHaveLength(1)
      expect((await events()).filter(({ type }) => type === 'privacy.hold.placed')).toHaveLength(1)
    })
  })

  test.each([
    { name: 'Case 1', reference: 'r' },
    { name: '', reference: 'r' },
    { name: 'x'.repeat(65), reference: 'r' },
    { name: 'case', reference: 'of Alice' },
    { name: 'case', reference: '' },
    { name: 'case', reference: 'r', user: '' },
  ])('refuses %j', async (hold) => {
    await withAudit(async ({ audit }) => {
      await expect(audit.placeHold(hold, OFFICER)).rejects.toEqual(input)
      expect(await audit.holds()).toEqual([])
    })
  })
})
