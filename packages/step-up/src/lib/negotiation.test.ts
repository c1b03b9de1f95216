import express from 'express'
import fc from 'fast-check'
import request from 'supertest'
import { describe, expect, test } from 'vitest'

import { localPath, wantsPage } from './negotiation.ts'

const BASE = 'https://bank.example'

/** How a request with these headers is taken. */
async function answerTo(headers: Readonly<Record<string, string>>, form = false): Promise<string> {
  const app = express().use((req, res) => void res.send(wantsPage(req) ? 'page' : 'program'))
  const sent = form ? request(app).post('/').type('form').send('a=1') : request(app).get('/')
  return (await sent.set(headers)).text
}

describe('localPath', () => {
  test('F-30 refuses everything that a browser could take for another place', () => {
    const corpus = [
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      '/\r\nLocation: https://evil.example',
      '/.//evil.example',
      '/..//evil.example',
      '/a/..//evil.example',
      '/%2e//evil.example',
      '/%2e%2e//evil.example',
      '/.\\evil.example',
      'https://evil.example',
      'https:evil.example',
      'javascript:alert(1)',
      'data:text/html,x',
      'evil.example',
      '@evil.example',
      ' //evil.example',
      '/ok\u0000',
      '/\u202eevil',
      '/ä',
      '',
      '?next=1',
      '#top',
      `/${'a'.repeat(2_048)}`,
    ]

    expect(corpus.map(localPath)).toEqual(corpus.map(() => undefined))
  })

  test('F-30 refuses what is no text, as arrays and objects of a query are', () => {
    const others = [undefined, null, 5, ['/account'], { path: '/account' }, new URL('https://bank.example/')]

    expect(others.map(localPath)).toEqual(others.map(() => undefined))
  })

  test('keeps a path with its query, and nothing of a fragment', () => {
    expect(localPath('/')).toBe('/')
    expect(localPath('/account?tab=2&x=%2F%2Fevil.example')).toBe('/account?tab=2&x=%2F%2Fevil.example')
    expect(localPath('/account#top')).toBe('/account')
    expect(localPath('/a/../account')).toBe('/account')
    expect(localPath('/@evil.example')).toBe('/@evil.example')
  })

  test('F-30 whatever it returns, a browser stays on this host', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc
        .array(fc.constantFrom('/', '\\', '.', '..', '%2e', '%2f', '@', ':', '?', '#', '\t', 'evil.example', 'http'), {
          maxLength: 12,
        })
        .map((parts) => `/${parts.join('')}`),
    )

    fc.assert(
      fc.property(hostile, (text) => {
        const path = localPath(text)

        expect(path === undefined || new URL(path, BASE).origin === BASE).toBe(true)
        expect(path === undefined || localPath(path) === path).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('wantsPage', () => {
  test('believes the browser that says what the answer is for', async () => {
    expect(await answerTo({ 'sec-fetch-dest': 'document', accept: 'application/json' })).toBe('page')
    expect(await answerTo({ 'sec-fetch-dest': 'empty', accept: 'text/html' })).toBe('program')
    expect(await answerTo({ 'sec-fetch-dest': 'image' })).toBe('program')
  })

  test('takes who asks for HTML or sends a form for a person, and everybody else for a program', async () => {
    expect(await answerTo({ accept: 'text/html,*/*' })).toBe('page')
    expect(await answerTo({ accept: 'application/json' })).toBe('program')
    expect(await answerTo({ accept: '*/*' })).toBe('program')
    expect(await answerTo({}, true)).toBe('page')
    expect(await answerTo({ accept: 'application/json' }, true)).toBe('program')
  })
})
