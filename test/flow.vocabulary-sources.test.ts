import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { EVENTS } from '@sallyport/audit/vocabulary'
import { describe, expect, test } from 'vitest'

import { ROOT } from './setup/workspace.ts'

// The purposes of keys, and settings, begin with `audit` as well.
const AREAS = [...new Set(Object.keys(EVENTS).map((type) => type.split('.')[0]))].filter((area) => area !== 'audit')
// What is written as an event's type is and is none: a ceremony of WebAuthn, a whole area, the purpose of a key.
const NO_EVENTS = /^webauthn\.(?:create|get)$|\.\*$|^oidc\.transaction$/
const RECORDING = /\b(?:event|emit)\(\s*(['"`])([^'"`\n]*\.[^'"`\n]*)\1/g
const PENDING = /\btype: (['"`])([^'"`\n]*\.[^'"`\n]*)\1/g
const NAMED = new RegExp(`(['"\`])((?:${AREAS.join('|')})\\.[a-z_]+(?:\\.[a-z_]+)?)\\1`, 'g')

const sources = globSync(['packages/*/src/**/*.ts', 'examples/*/src/**/*.ts'], { cwd: ROOT })
  .filter((file) => !/\.test\.ts$|\/conformance\//.test(file))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))

/** Names what a pattern finds in the sources that is no event. */
function strangers(pattern: RegExp): readonly string[] {
  return sources.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)]
      .map(([, , name = '']) => name)
      .filter((name) => !Object.hasOwn(EVENTS, name) && !NO_EVENTS.test(name))
      .map((name) => `${file}: ${name}`),
  )
}

describe('the sources of packages and examples', () => {
  test('v5.0.0-16.2.3 record no event that is not in the vocabulary', () => {
    expect(strangers(RECORDING)).toEqual([])
  })

  test('let no factor bring an event that is not in the vocabulary', () => {
    expect(strangers(PENDING)).toEqual([])
  })

  test('name no event that is not in the vocabulary', () => {
    expect(strangers(NAMED)).toEqual([])
  })

  test('are found, or the tests above would say nothing', () => {
    const recorded = sources.flatMap(({ text }) => [...text.matchAll(RECORDING)].map(([, , name = '']) => name))

    expect(new Set(recorded).size).toBeGreaterThan(40)
  })
})
