import { describe, expect, test } from 'vitest'
import { withAudit } from '../../../test/bench.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { RevealPolicy } from './privacy-contract.ts'
import { openFor, requirePolicy, type EnvelopeOpener } from './reveal-policy.ts'

const input: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })
const SEALED = { ip: '203.0.113.77', 'identity.email': 'a@b.example', 'identity.name': 'Alice', 'detail.label': 'key' }
const EVENT: LedgerEvent = {
  v: 1,
  id: '01MCC5RM000W3GE1R70W3GE1R7',
  type: 'access.denied',
  at: '2027-01-15T08:00:00.000Z',
  writer: { boot: 'b', id: 'w', seq: 1 },
  data: { requirement: 'r' },
  sealed: { subject: 's', box: 'b' },
  index: 7,
}

describe('openFor', () => {
  test.each<[RevealPolicy, readonly string[]]>([
    ['nothing', []],
    ['everything', ['ip', 'identity.email', 'identity.name', 'detail.label']],
    [['ip'], ['ip']],
    [['identity.*'], ['identity.email', 'identity.name']],
    [
      ['identity.name', 'detail.*'],
      ['identity.name', 'detail.label'],
    ],
    [['userAgent', 'detail.other'], []],
    [[], []],
  ])('with %j opens %j', async (policy, names) => {
    const opened = await openFor(
      opening(async () => SEALED),
      EVENT,
      policy,
    )

    expect(Object.keys(opened.revealed ?? {})).toEqual(names)
    expect('revealed' in opened).toBe(names.length > 0)
  })

  test('does not ask for a key when nothing may be opened, and takes no word for what was opened', async () => {
    const open = async (): Promise<never> => Promise.reject(new Error('not to be asked'))
    const claiming = { ...EVENT, revealed: { 'identity.name': 'Mallory' }, unreadable: true as const }

    expect(await openFor(opening(open), claiming, 'nothing')).toEqual(EVENT)
    expect(await openFor(opening(open), claiming, [])).toEqual(EVENT)
  })

  test('gives the event as it is when its key was destroyed', async () => {
    expect(
      await openFor(
        opening(async () => undefined),
        EVENT,
        'everything',
      ),
    ).toEqual(EVENT)
  })

  test('gives an altered envelope as unreadable, unless it may open later', async () => {
    await withAudit(async ({ audit, events }) => {
      await audit.emit('access.denied', { actor: { user: 'a', identity: { name: 'A' } }, data: { requirement: 'r' } })
      const event = (await events()).at(-1)
      if (event?.sealed === undefined) throw new Error('nothing was sealed')
      const moved = { ...event, id: EVENT.id }

      const open: EnvelopeOpener['open'] = async (id, one) => audit.reveal({ ...moved, id, sealed: one })
      expect(await openFor({ open, isDamage: async () => true }, moved, 'everything')).toEqual({
        ...moved,
        revealed: {},
        unreadable: true,
      })
      await expect(openFor({ open, isDamage: async () => false }, moved, 'everything')).rejects.toMatchObject({
        code: 'ERR_AUDIT_ENVELOPE',
      })
    })
  })
})

describe('requirePolicy', () => {
  test('takes what an envelope can hold', () => {
    const names = ['ip', 'userAgent', 'hints', 'region', 'identity.email', 'identity.*', 'detail.label', 'detail.*']

    expect(requirePolicy(names)).toEqual(names)
    expect([requirePolicy(undefined), requirePolicy('nothing'), requirePolicy('everything')]).toEqual([
      'nothing',
      'nothing',
      'everything',
    ])
  })

  test.each(['"all"', '["email"]', '["*"]', '["identity"]', '["identity."]', '["ip.v4"]', '[7]', '{}', '"ip"', 'null'])(
    'refuses %s',
    (policy) => {
      expect(() => requirePolicy(JSON.parse(policy))).toThrow(input)
    },
  )

  test('refuses more than 64 names', () => {
    expect(() => requirePolicy(Array.from({ length: 65 }, () => 'ip'))).toThrow(input)
  })

  test('is not changed by changing the list that was given', () => {
    const names = ['ip']
    const policy = requirePolicy(names)
    names.push('identity.*')

    expect(policy).toEqual(['ip'])
  })
})

function opening(open: EnvelopeOpener['open']): EnvelopeOpener {
  return { open, isDamage: async () => false }
}
