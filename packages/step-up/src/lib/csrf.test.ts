import { describe, expect, test } from 'vitest'

import { openFuzzWorld, routesOf } from '../../test/fuzz/scene.ts'
import { formOf, PAGE } from '../../test/page-form.ts'
import type { Person, Reply, Sending } from '../../test/person.ts'
import type { World } from '../../test/world.ts'

const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV'

interface Scene {
  readonly world: World
  readonly ann: Person
  /** Every address that takes a POST, filled in with what is Ann's and under way. */
  readonly addresses: readonly string[]
  /** The token of Ann's forms. */
  readonly token: string
  /** That of somebody else's. */
  readonly foreign: string
}

async function openScene(): Promise<Scene> {
  const patterns: string[] = []
  const world = await openFuzzWorld({
    routes: (_app, { stepUp }) => {
      for (const { method, path } of routesOf(stepUp.routes)) if (method === 'POST') patterns.push(path)
    },
  })
  const ann = world.person()
  await ann.signIn('ann')
  const enrolled = await ann.enrol('totp')
  const kept = await ann.post('/transfer', { form: { to: 'Bob', amount: '5' }, ...PAGE })
  const [challenge = '', stash = ''] = (kept.headers.get('location') ?? '').match(/[0-9A-Z]{26}/g) ?? []
  const page = await ann.get(`/step-up/challenges/${challenge}`, PAGE)
  const elsewhere = world.person()
  await elsewhere.signIn('ann')
  const ids: readonly (readonly [part: string, id: string])[] = [
    ['/challenges/:id', challenge],
    ['/resume/:id', stash],
    ['/authenticators/:id', String(enrolled.body['authenticator'])],
    ['/sessions/:lineage', await lineageOf(elsewhere)],
    ['/sign-in/:factor', 'webauthn'],
    ['/:factor', 'totp'],
  ]
  return {
    world,
    ann,
    addresses: patterns.map(
      (pattern) => `/step-up${fill(pattern, ids)}${pattern.startsWith('/sign-in') ? `?challenge=${ID}` : ''}`,
    ),
    token: formOf(page, '/verify').fields['_csrf'] ?? '',
    foreign: await tokenOf(world, 'ben'),
  }
}

function fill(pattern: string, ids: readonly (readonly [part: string, id: string])[]): string {
  return ids.reduce((path, [part, id]) => path.replace(part, part.replace(/:\w+$/, encodeURIComponent(id))), pattern)
}

async function lineageOf(person: Person): Promise<string> {
  return String((await person.get('/me')).body['lineage'])
}

async function tokenOf(world: World, user: string): Promise<string> {
  const person = world.person()
  await person.signIn(user)
  return formOf(await person.get('/step-up/authenticators', PAGE), '/start').fields['_csrf'] ?? ''
}

function withToken(address: string, token: string): string {
  return `${address}${address.includes('?') ? '&' : '?'}_csrf=${token}`
}

/** Sends the same to every address, and says what came of it and what was written. */
async function sendToAll(
  { world, ann, addresses }: Scene,
  sendings: readonly Sending[],
): Promise<{ readonly refused: number; readonly others: readonly string[]; readonly written: number }> {
  await world.audit.settle()
  const before = await world.store.size()
  const replies: (readonly [string, Reply])[] = []
  for (const address of addresses)
    for (const sending of sendings) replies.push([address, await ann.copy().post(address, sending)])
  await world.audit.settle()
  const isRefused = ({ status, body }: Reply): boolean => status === 403 && body['code'] === 'ERR_STEP_UP_FORBIDDEN'
  return {
    refused: replies.filter(([, reply]) => isRefused(reply)).length,
    others: replies.filter(([, reply]) => !isRefused(reply)).map(([address, { status }]) => `${address}: ${status}`),
    written: (await world.store.size()) - before,
  }
}

/** What every sending to every address should come to. */
function allRefused({ addresses }: Scene, sendings: readonly Sending[]): Awaited<ReturnType<typeof sendToAll>> {
  return { refused: addresses.length * sendings.length, others: [], written: 0 }
}

describe('every POST of the second door', () => {
  test('WEB-05 v5.0.0-3.5.1 takes forms with the token of their own session alone, in the body and nowhere else', async () => {
    const scene = await openScene()
    const { token, foreign } = scene
    const headers = { 'sec-fetch-site': 'same-origin' }
    const sendings: readonly Sending[] = [
      { form: { code: '123456' }, headers },
      { form: { code: '123456', _csrf: '' }, headers },
      { form: { code: '123456', _csrf: foreign }, headers },
      { form: { code: '123456', _csrf: token.slice(0, -1) }, headers },
      { form: { code: '123456', _csrf: `${token} ` }, headers },
      { form: { code: '123456', '_csrf[]': token }, headers },
      { form: { code: '123456', _CSRF: token }, headers },
      { raw: { type: 'application/x-www-form-urlencoded', body: `_csrf=${token}&_csrf=${token}` }, headers },
      { form: { code: '123456' }, headers: { ...headers, 'x-csrf-token': token } },
    ]
    const inQuery = { ...scene, addresses: scene.addresses.map((address) => withToken(address, token)) }

    expect(scene.addresses.length).toBeGreaterThanOrEqual(10)
    expect(await sendToAll(scene, sendings)).toEqual(allRefused(scene, sendings))
    expect(await sendToAll(inQuery, [{ form: {}, headers }])).toEqual(allRefused(inQuery, [{}]))
  })

  test('WEB-06 v5.0.0-3.5.3 refuses what the browser says comes from elsewhere, whatever it carries', async () => {
    const scene = await openScene()
    const sites = ['cross-site', 'same-site', 'nonsense', ''].map((site) => ({ 'sec-fetch-site': site }))
    const { port } = new URL(scene.world.url)
    const places = [
      'https://evil.example',
      'null',
      '',
      `https://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      'http://127.0.0.1',
    ]
    const headers: readonly Readonly<Record<string, string>>[] = [...sites, ...places.map((origin) => ({ origin }))]
    const form = { code: '123456', _csrf: scene.token }
    const sendings = headers.flatMap((each): readonly Sending[] => [
      { form, headers: each },
      { json: form, headers: each },
    ])

    expect(await sendToAll(scene, sendings)).toEqual(allRefused(scene, sendings))
  })

  test('WEB-07 v5.0.0-3.5.2 takes JSON only under its own name, for which other sites have to ask first', async () => {
    const scene = await openScene()
    const body = JSON.stringify({ code: '123456', _csrf: scene.token })
    const types = [
      'text/plain',
      'text/plain; application/json',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      '*/*',
      'x',
    ]
    const sendings = types.map((type): Sending => ({
      raw: { type, body },
      headers: { 'sec-fetch-site': 'same-origin' },
    }))

    expect(await sendToAll(scene, sendings)).toEqual(allRefused(scene, sendings))
  })

  test('v5.0.0-3.5.3 does nothing when it is asked for with a method that is safe', async () => {
    const { world, ann, addresses, token } = await openScene()
    await world.audit.settle()
    const before = await world.store.size()

    const replies = await Promise.all(addresses.map((address) => ann.get(`${withToken(address, token)}&code=123456`)))
    await world.audit.settle()

    expect(replies.map(({ status }) => status).filter((status) => status !== 404 && status !== 410)).toEqual([])
    expect(await world.store.size()).toBe(before)
  })

  test('goes on with a form of its own page, and with JSON of its own script', async () => {
    const scene = await openScene()
    const form = { code: 'x', label: 'x', _csrf: scene.token }
    const headers = { 'sec-fetch-site': 'same-origin' }
    const lasting = scene.addresses.filter((address) => !/deny|cancel|drop|sign-in/.test(address))

    const forms = await Promise.all(lasting.map((address) => scene.ann.copy().post(address, { form, headers })))
    const calls = await Promise.all(
      lasting.map((address) => scene.ann.copy().post(address, { json: { code: 'x' }, headers })),
    )

    expect([...forms, ...calls].filter(({ body }) => body['code'] === 'ERR_STEP_UP_FORBIDDEN')).toEqual([])
    expect([...forms, ...calls].filter(({ status }) => status >= 500)).toEqual([])
  })
})
