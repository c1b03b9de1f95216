import { createHash } from 'node:crypto'

import { createKeyring } from '@sallyport/keyring'
import express, { type Request, type RequestHandler } from 'express'
import fc from 'fast-check'
import request from 'supertest'
import { describe, expect, test } from 'vitest'

import { openWorld } from '../../test/world.ts'
import { actionDigest, bindAction, requireParsedBody, type ApprovedAction, type Binding } from './action.ts'
import { StepUpError } from './errors.ts'
import type { BoundAction } from './records.ts'
import type { ActionDescription } from './requirement.ts'

const ANN: Binding = { user: 'ann', csrfFields: ['_csrf'] }
const describeTransfer = (req: Request): ActionDescription => ({ name: 'transfer', show: { To: req.body?.to } })
const JSON_PARSER = [express.json({ strict: false }), express.urlencoded({ extended: true })]

interface Asking {
  readonly method?: 'post' | 'put'
  readonly path?: string
  readonly type?: string
  readonly body?: unknown
  readonly binding?: Binding
  readonly description?: (req: Request) => ActionDescription
  readonly parsers?: readonly RequestHandler[]
}

/** What a request is bound to: the action, or the code and status of its refusal. */
async function bound(asking: Asking = {}): Promise<Partial<BoundAction> & { code?: string; status?: number }> {
  const { method = 'post', path = '/transfer', type = 'json', body = { to: 'Bob', amount: 5 } } = asking
  const app = express()
  app.use(...(asking.parsers ?? JSON_PARSER))
  app.use((req, res) => {
    try {
      requireParsedBody(req)
      res.json(bindAction(req, (asking.description ?? describeTransfer)(req), asking.binding ?? ANN))
    } catch (error) {
      res.json(error instanceof StepUpError ? { code: error.code, status: error.status } : { code: String(error) })
    }
  })
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await request(app)[method](path).type(type).send(text)
  return answer.body
}

async function digest(asking: Asking = {}): Promise<string> {
  const { digest: value, code } = await bound(asking)
  if (value === undefined) throw new Error(`not bound: ${code}`)
  return value
}

describe('bindAction', () => {
  test('v5.0.0-7.5.3 gives another digest for another user, method, path, query, name or shown value', async () => {
    const digests = await Promise.all([
      digest(),
      digest({ binding: { ...ANN, user: 'bob' } }),
      digest({ method: 'put' }),
      digest({ path: '/transfer/' }),
      digest({ path: '/Transfer' }),
      digest({ path: '/%74ransfer' }),
      digest({ path: '/transfer?fast=1' }),
      digest({ path: '/transfer?fast=1&fast=2' }),
      digest({ description: () => ({ name: 'payment', show: { To: 'Bob' } }) }),
      digest({ description: () => ({ name: 'transfer', show: { To: 'Bo' } }) }),
      digest({ description: () => ({ name: 'transfer', show: { Recipient: 'Bob' } }) }),
      digest({ description: () => ({ name: 'transfer', show: {} }) }),
    ])

    expect(new Set(digests).size).toBe(digests.length)
  })

  test('gives another digest for any other body, and the same one for the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), async (one, other) => {
        const show: Asking = { description: () => ({ name: 'transfer', show: {} }) }
        const same = canonicalOf(one) === canonicalOf(other)

        expect((await digest({ ...show, body: [one] })) === (await digest({ ...show, body: [other] }))).toBe(same)
      }),
      { numRuns: 100 },
    )
  })

  test('covers every member of the body, nested ones and arrays too', async () => {
    const digests = await Promise.all([
      digest({ body: { to: 'Bob', amount: 5, note: { text: 'x' } } }),
      digest({ body: { to: 'Bob', amount: 5, note: { text: 'y' } } }),
      digest({ body: { to: 'Bob', amount: 5, note: {} } }),
      digest({ body: { to: 'Bob', amount: 5, note: [] } }),
      digest({ body: { to: 'Bob', amount: 5, note: ['x'] } }),
      digest({ body: { to: 'Bob', amount: '5' } }),
      digest({ body: { to: 'Bob', amount: 5, extra: null } }),
      digest({ body: { to: 'Bob' } }),
    ])

    expect(new Set(digests).size).toBe(digests.length)
  })

  test('covers members with the names of prototypes', async () => {
    const bodies = [
      '{"to":"Bob"}',
      '{"to":"Bob","__proto__":{"amount":5}}',
      '{"to":"Bob","__proto__":{"amount":6}}',
      '{"to":"Bob","constructor":"x"}',
      '{"to":"Bob","toString":"x"}',
      '{"to":"Bob","hasOwnProperty":"x"}',
    ]

    const digests = await Promise.all(bodies.map((body) => digest({ body })))

    expect(new Set(digests).size).toBe(bodies.length)
  })

  test('does not depend on the order of the members', async () => {
    expect(await digest({ body: '{"to":"Bob","amount":5}' })).toBe(await digest({ body: '{"amount":5,"to":"Bob"}' }))
  })

  test('leaves out the declared CSRF fields and the field of a kept form, and nothing deeper down', async () => {
    const plain = await digest()
    const body = { to: 'Bob', amount: 5 }

    expect(await digest({ body: { ...body, _csrf: 'token' } })).toBe(plain)
    expect(await digest({ body: { ...body, _sallyport_resume: '01' } })).toBe(plain)
    expect(await digest({ body: { ...body, csrf: 'token' } })).not.toBe(plain)
    expect(await digest({ body: { ...body, note: { _csrf: 'token' } } })).not.toBe(plain)
    expect(await digest({ body: { ...body, csrf: 'x' }, binding: { ...ANN, csrfFields: ['csrf'] } })).toBe(plain)
  })

  test('covers only what bind names, when it is given', async () => {
    const narrowed: Asking['description'] = (req) => ({ name: 'transfer', show: { To: 'Bob' }, bind: [req.body.to] })

    const one = await digest({ description: narrowed, body: { to: 'Bob', amount: 5 } })

    expect(await digest({ description: narrowed, body: { to: 'Bob', amount: 6 } })).toBe(one)
    expect(await digest({ description: narrowed, body: { to: 'Eve', amount: 5 } })).not.toBe(one)
  })

  test('binds bodies of bytes and no body at all', async () => {
    const show: Asking = { description: () => ({ name: 'import', show: {} }), parsers: [express.raw({ type: '*/*' })] }
    const [one, other] = [await digest({ ...show, body: 'a,b' }), await digest({ ...show, body: 'a,c' })]

    expect(one).not.toBe(other)
    expect(await digest({ ...show, parsers: JSON_PARSER, body: '' })).toMatch(/^[\w-]{43}$/)
  })

  test('refuses a body that no parser has read: 500 without parsers, 415 when none takes this kind', async () => {
    const code = 'ERR_STEP_UP_BODY_UNPARSED'
    const passOn: RequestHandler = (_req, _res, next) => next()

    expect(await bound({ parsers: [passOn] })).toEqual({ code, status: 500 })
    expect(await bound({ type: 'text/plain' })).toEqual({ code, status: 415 })
  })

  test('F-17 refuses with 400 what cannot be shown whole or has no canonical form', async () => {
    const refused = { code: 'ERR_STEP_UP_BODY_UNBOUND', status: 400 }

    expect(await bound({ body: { to: { toString: 1 } } })).toEqual(refused)
    expect(await bound({ body: { to: ['Bob', 'Eve'] } })).toEqual(refused)
    expect(await bound({ body: { to: 'B'.repeat(513) } })).toEqual(refused)
    expect(await bound({ body: '{"to":"Bob","note":"\\ud800"}' })).toEqual(refused)
    expect(await bound({ body: `${'['.repeat(40)}${']'.repeat(40)}` })).toEqual(refused)
  })

  test('shows texts, numbers, switches and nothing as texts, in order', async () => {
    const show = { To: 'Bob', Amount: 5.5, Urgent: true, Note: null }

    const { show: shown } = await bound({ description: () => ({ name: 'transfer', show }) })

    expect(shown).toEqual([
      ['To', 'Bob'],
      ['Amount', '5.5'],
      ['Urgent', 'true'],
      ['Note', ''],
    ])
  })

  test('refuses a description that could not stand in the ledger or on a page', async () => {
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`n${at}`, at]))

    expect((await bound({ description: () => ({ name: 'Send money', show: {} }) })).code).toBe('ERR_STEP_UP_OPTION')
    expect((await bound({ description: () => ({ name: 'transfer', show: many }) })).code).toBe('ERR_STEP_UP_OPTION')
  })
})

const TRANSFER: ApprovedAction = {
  user: 'ann',
  method: 'POST',
  path: '/transfer',
  query: {},
  body: { to: 'Bob', amount: 5 },
  name: 'transfer',
  show: [['To', 'Bob']],
}

describe('actionDigest', () => {
  test('is the pseudonym of what bindAction binds, under every key, the newest first', async () => {
    const keyring = rotated()
    const [newest] = await actionDigest(keyring, TRANSFER)

    expect(await actionDigest(keyring, TRANSFER)).toEqual(await keyring.pseudonyms('step-up.action', await digest()))
    expect(newest).toBe(await keyring.pseudonym('step-up.action', await digest()))
  })

  test('hashes the canonical form of the action, so that what was bound once can be checked for ever', async () => {
    const text =
      '{"body":{"amount":5,"to":"Bob"},"method":"POST","name":"transfer","path":"/transfer","query":{"fast":"1"},' +
      '"show":[["To","Bob"]],"user":"ann"}'

    expect(await digest({ path: '/transfer?fast=1' })).toBe(createHash('sha256').update(text).digest('base64url'))
  })

  test('is the digest that the ledger of an application has', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    await ann.post('/transfer?fast=1', { json: { to: 'Bob', amount: 5 } })
    const [required] = (await world.events('step_up.required')).filter(({ data }) => data['action'] === 'transfer')
    const { user } = (await ann.get('/me')).body
    const show = [...TRANSFER.show, ['Amount', '5']] as const

    const digests = await actionDigest(world.keyring, { ...TRANSFER, user: String(user), query: { fast: '1' }, show })

    expect(digests).toEqual([required?.data['digest']])
  })

  test('is another one for any other member of the action', async () => {
    const keyring = rotated()
    const others: readonly Partial<ApprovedAction>[] = [
      {},
      { user: 'bob' },
      { method: 'PUT' },
      { path: '/transfer/' },
      { query: { fast: '1' } },
      { body: { to: 'Bob', amount: '5' } },
      { body: null },
      { name: 'payment' },
      { show: [] },
      { show: [['To', 'Bo']] },
    ]

    const digests = await Promise.all(others.map((other) => actionDigest(keyring, { ...TRANSFER, ...other })))

    expect(new Set(digests.flat()).size).toBe(2 * others.length)
  })

  test('refuses an action without a canonical form', async () => {
    const code = 'ERR_STEP_UP_BODY_UNBOUND'

    await expect(actionDigest(rotated(), { ...TRANSFER, body: { amount: Number.NaN } })).rejects.toMatchObject({ code })
    await expect(actionDigest(rotated(), { ...TRANSFER, user: '\ud800' })).rejects.toMatchObject({ code })
  })
})

/** A key ring whose pseudonym key was rotated once. */
function rotated(): ReturnType<typeof createKeyring> {
  return createKeyring({
    keys: [
      { id: 'seal0000', purpose: 'seal', secret: Buffer.alloc(32, 1) },
      { id: 'name0000', purpose: 'pseudonym', secret: Buffer.alloc(32, 2) },
      { id: 'name0001', purpose: 'pseudonym', secret: Buffer.alloc(32, 3) },
      { id: 'sign0000', purpose: 'sign', secret: Buffer.alloc(32, 4) },
    ],
  })
}

/** JSON with sorted members: what two bodies share when they mean the same. */
function canonicalOf(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  )
}
