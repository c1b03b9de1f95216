import fc from 'fast-check'

import { BEFORE, BODIES, ELSEWHERE, FORM, HEADER_NAMES, HEADER_VALUES, OTHER_METHODS, TYPES } from './corpus.ts'
import { names, spellings, texts, values } from './nasty.ts'
import type { RawRequest } from './raw-client.ts'
import type { FoundRoute, Known } from './scene.ts'

type Headers = RawRequest['headers']

/** A request with places that are filled in with what exists at the time: a cookie, an id, a token. */
export type Draft = (known: Known) => RawRequest

type Choose = (some: readonly string[]) => string

/** One of those that exist, or another. */
const chosen: fc.Arbitrary<Choose> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.nat({ max: 20 }).map(
      (pick): Choose =>
        (some) =>
          some[pick % Math.max(1, some.length)] ?? '',
    ),
  },
  {
    weight: 1,
    arbitrary: texts.map(
      (text): Choose =>
        () =>
          text,
    ),
  },
)

const accepts = fc.constantFrom('text/html', 'application/json', '*/*', 'image/png')
/** Who sends to which route. */
interface Caller {
  readonly route: FoundRoute
  readonly fill: readonly Choose[]
  readonly who: Choose
  readonly accept: string
}

function callers(routes: readonly FoundRoute[]): fc.Arbitrary<Caller> {
  const fill = fc.array(chosen, { minLength: 2, maxLength: 2 })
  // Most have a session: without one nobody gets far.
  const who = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Choose>((some) => some[0] ?? '') },
    { weight: 1, arbitrary: chosen },
  )
  return fc.record({ route: fc.constantFrom(...routes), fill, who, accept: accepts })
}

function pathOf({ route, fill }: Caller, known: Known): string {
  let place = 0
  return route.path.replaceAll(
    /:(\w+)/g,
    (_, name) => fill[place++]?.(name === 'factor' ? known.factors : known.ids) ?? '',
  )
}

interface Sent {
  readonly method?: string
  readonly target?: string
  readonly headers?: Headers
  readonly type?: string
  readonly body?: string | Uint8Array
}

function requestOf(caller: Caller, known: Known, sent: Sent): RawRequest {
  const { method = caller.route.method, target = pathOf(caller, known), headers = [], type, body } = sent
  const isNamed = (name: string): boolean => headers.some(([each]) => each.toLowerCase() === name)
  const length = body === undefined || isNamed('transfer-encoding') ? '' : String(Buffer.byteLength(body))
  const usual: Headers = [
    ['host', '127.0.0.1'],
    ['cookie', oneLine(caller.who(known.cookies))],
    ['accept', caller.accept],
    ['content-type', type ?? ''],
    ['content-length', length],
  ]
  const all = [...usual.filter(([name, value]) => value !== '' && !isNamed(name)), ...headers]
  return { method, target, headers: all, ...(body === undefined ? {} : { body }) }
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\0]/g, '')
}

function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
}

/** Any method, any spelling of any address. */
export function addressDrafts(routes: readonly FoundRoute[]): fc.Arbitrary<Draft> {
  const methods = sometimes(fc.constantFrom(...OTHER_METHODS))
  const others = sometimes(texts)
  return fc
    .record({ caller: callers(routes), spell: spellings, method: methods, other: others })
    .map(({ caller, spell, method = caller.route.method, other }) => (known) => {
      const target = spell(other === undefined ? pathOf(caller, known) : `/${other}`)
      return requestOf(caller, known, { method, target: target === '' ? '/' : target })
    })
}

/** Any query: repeated, nested, with names of prototypes. */
export function queryDrafts(routes: readonly FoundRoute[]): fc.Arbitrary<Draft> {
  const pairs = fc.array(fc.tuple(names, chosen, fc.boolean()), { minLength: 1, maxLength: 6 })
  return fc.record({ caller: callers(routes), pairs }).map(({ caller, pairs: some }) => (known) => {
    const query = some.map(([name, choose, isRaw]) => {
      const value = choose(known.ids)
      return isRaw ? `${name}=${value}` : `${encode(name)}=${encode(value)}`
    })
    return requestOf(caller, known, { target: `${pathOf(caller, known)}?${query.join('&')}`, ...emptyBodyOf(caller) })
  })
}

function emptyBodyOf({ route }: Caller): Sent {
  return route.method === 'POST' ? { type: 'application/json', body: '{}' } : {}
}

/** A lone surrogate has no encoding; its replacement has. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** Any headers: huge, repeated, malformed, at odds with the body. */
export function headerDrafts(routes: readonly FoundRoute[]): fc.Arbitrary<Draft> {
  const header = fc.tuple(
    fc.constantFrom(...HEADER_NAMES),
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...HEADER_VALUES) },
      // A length of more than is sent makes any server wait.
      { weight: 1, arbitrary: texts.map(oneLine).filter((text) => !/^\s*\d+\s*$/.test(text)) },
    ),
  )
  return fc
    .record({ caller: callers(routes), headers: fc.array(header, { minLength: 1, maxLength: 5 }) })
    .map(({ caller, headers }) => (known) => {
      const isChunked = headers.some(([name]) => name === 'transfer-encoding')
      const sent = isChunked ? { type: 'application/json', body: '2\r\n{}\r\n0\r\n\r\n' } : emptyBodyOf(caller)
      return { ...requestOf(caller, known, { ...sent, headers }), isLast: true }
    })
}

const bodies: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...BODIES) },
  { weight: 3, arbitrary: values.map((value) => JSON.stringify(value) ?? '') },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(names, texts), { maxLength: 8 })
      .map((pairs) => pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
)

/** Any body under any type, with the token of the form or without. */
export function bodyDrafts(routes: readonly FoundRoute[]): fc.Arbitrary<Draft> {
  const posts = routes.filter(({ method }) => method === 'POST')
  const types = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(FORM, 'application/json') },
    { weight: 1, arbitrary: fc.constantFrom(...TYPES) },
  )
  const withToken = fc.oneof({ weight: 3, arbitrary: chosen }, { weight: 1, arbitrary: fc.constant(undefined) })
  return fc
    .record({ caller: callers(posts), type: types, body: bodies, token: withToken })
    .map(({ caller, type, body, token }) => (known) => {
      const isForm = typeof body === 'string' && type === FORM && token !== undefined
      const full = isForm ? `_csrf=${encode(token(known.tokens))}&${body}` : body
      return requestOf(caller, known, { type, body: full })
    })
}

/** Addresses that lead elsewhere, or look so. */
export const targets: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ before: fc.constantFrom(...BEFORE), host: fc.constantFrom(...ELSEWHERE), times: fc.nat({ max: 2 }) })
      .map(({ before, host, times }) => {
        let target = `${before}${host}`
        for (let time = 0; time < times; time += 1) target = encode(target)
        return target
      }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(spellings, fc.constantFrom('/secret', '/', '/evil.example', '//evil.example'))
      .map(([spell, path]) => spell(path)),
  },
  { weight: 1, arbitrary: texts },
)

/** Asks for every page that leads on, and says where to. */
export function targetDrafts(): fc.Arbitrary<Draft> {
  const places = fc.nat({ max: 9 })
  return fc
    .record({ target: targets, place: places, isRaw: fc.boolean() })
    .map(({ target, place, isRaw }) => (known) => {
      const asked = `return_to=${isRaw ? target : encode(target)}`
      const [member = '', , rotated = ''] = known.cookies
      const pages = [
        `${known.satisfied}?${asked}`,
        `${known.open}?${asked}`,
        `/step-up/authenticators?${asked}`,
        `/step-up/sign-in?${asked}`,
      ]
      const page = pages[place]
      const cookie = place % 3 === 0 ? member : place % 3 === 1 ? rotated : ''
      const headers: Headers = [
        ['host', place === 9 ? 'evil.example' : '127.0.0.1'],
        ['x-forwarded-host', 'evil.example'],
        ['accept', place % 2 === 0 ? 'text/html' : 'application/json'],
      ]
      const sent: Headers = [...headers, ['cookie', page === undefined ? cookie : member]]
      return { method: 'GET', target: page ?? target, headers: sent.filter(([, value]) => value !== '') }
    })
}
