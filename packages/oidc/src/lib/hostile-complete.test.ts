import { readFileSync, readdirSync } from 'node:fs'
import { faults } from '@sallyport/testing'
import { describe, expect, test } from 'vitest'
import { everythingIn, printedWhile } from '../../test/hostile/output.ts'

const FOLDER = new URL('.', import.meta.url)
const SOURCE = readdirSync(FOLDER)
  .filter((name) => /^hostile-.*\.test\.ts$/.test(name))
  .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'))
  .join('\n')

/** The faults that the suite hands to one of these. */
function usedBy(...helpers: readonly string[]): readonly string[] {
  const calls = new RegExp(`\\b(?:${helpers.join('|')})\\(\\s*'(\\w+)'`, 'g')
  return [...new Set(Array.from(SOURCE.matchAll(calls), ([, name = '']) => name))].toSorted()
}

describe('the faults of the provider', () => {
  const names = Object.keys(faults).toSorted()

  test('are at least sixty', () => {
    expect(names.length).toBeGreaterThanOrEqual(60)
  })

  test('are all refused by a test of their own', () => {
    expect(usedBy('refuses')).toEqual(names)
  })

  test('are all shown to be real by a test of their own', () => {
    expect(usedBy('works', 'givesNothing', 'sendsElsewhere', 'hangs')).toEqual(names)
  })
})

describe('the search for leaks', () => {
  const TOKEN = 'a-token-that-leaks'

  test('finds what is printed, by whatever way', async () => {
    const { printed } = await printedWhile(async () => {
      process.stdout.write(`one ${TOKEN}\n`)
      process.stderr.write(Buffer.from(`two ${TOKEN}\n`))
      // oxlint-disable-next-line eslint/no-console -- it is what has to be found
      console.error('three', new Error('no', { cause: { token: TOKEN } }))
    })

    expect(printed.match(new RegExp(`(one|two) ${TOKEN}|token ${TOKEN}`, 'g'))).toHaveLength(3)
  })

  test('finds what is hidden in an error', () => {
    const error = new Error('no', { cause: new AggregateError([{ body: new Map([['id_token', TOKEN]]) }]) })
    Object.defineProperty(error, 'request', { enumerable: false, value: { code: 'a-code' } })

    expect(everythingIn(error)).toContain(TOKEN)
    expect(everythingIn(error)).toContain('a-code')
  })
})
