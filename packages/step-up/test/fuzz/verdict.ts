import { expect } from 'vitest'

import type { World } from '../world.ts'
import { ATTRIBUTE_MARK, MARK } from './nasty.ts'
import type { RawReply } from './raw-client.ts'

/** Holds an answer against what is true of every answer, whatever was sent. */
export function judgeReply(world: World, reply: RawReply): void {
  const { status, headers } = reply
  expect(status).toBeGreaterThanOrEqual(200)
  expect(status).toBeLessThan(500)
  expect(world.done).toEqual([])
  expect(Reflect.ownKeys(Object.prototype).length).toBe(PROTOTYPE_NAMES)
  const problems = [...headersWrong(headers), ...addressesAway(world, reply), ...unescaped(reply)]
  expect(problems).toEqual([])
}

const PROTOTYPE_NAMES = Reflect.ownKeys(Object.prototype).length

// What was sent has become a header of its own.
function headersWrong(headers: RawReply['headers']): readonly string[] {
  return headers
    .filter(([name, value]) => name === 'set-cookie' && value.startsWith('zq'))
    .map(([name, value]) => `header ${name}: ${value}`)
}

/** Every place to which an answer sends a browser is on this origin. */
function addressesAway(world: World, { headers, text }: RawReply): readonly string[] {
  const locations = headers.filter(([name]) => name === 'location').map(([, value]) => value)
  const isPage = isHtml(headers)
  const linked = isPage ? [...text.matchAll(/(?:href|action|src)="([^"]*)"/g)].map(([, url = '']) => decode(url)) : []
  const named = [...text.matchAll(/"(?:\w*Url|returnTo)":"((?:[^"\\]|\\.)*)"/g)].map(([, url = '']) =>
    JSON.parse(`"${url}"`),
  )
  const carried = linked.map((url) => URL.parse(url, world.url)?.searchParams.get('return_to') ?? '/')
  return [...locations, ...linked, ...named, ...carried]
    .filter((address) => !isHere(world, address))
    .map((address) => `leads to ${address}`)
}

function isHere({ url }: World, address: string): boolean {
  // The templates put it in the place of what they will not link to: it leads nowhere.
  if (address === 'about:invalid' || address.startsWith('data:')) return true
  // As a browser reads it, on a page anywhere on this origin.
  const hasControls = address.split('').some((letter) => letter < ' ' || letter === '\u007f' || letter === '\\')
  return !hasControls && URL.parse(address, `${url}/some/where`)?.origin === url
}

function unescaped({ headers, text }: RawReply): readonly string[] {
  const isReadAsHtml = isHtml(headers) || !headers.some(([name]) => name === 'content-type')
  return isReadAsHtml ? [MARK, ATTRIBUTE_MARK].filter((mark) => text.includes(mark)).map((mark) => `shows ${mark}`) : []
}

function isHtml(headers: RawReply['headers']): boolean {
  return headers.some(([name, value]) => name === 'content-type' && value.includes('html'))
}

function decode(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
