import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { makeWorkedExample } from '../../test/worked-example.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

describe('the worked example of the README', () => {
  test('has the bytes that the code makes', async () => {
    const blocks = [...README.matchAll(/^\*\*(.+?)\*\*.*\n\n```text\n([^`]*)\n```$/gm)].map(
      ([, heading = '', text = '']) => [heading, text] as const,
    )

    expect(new Map(blocks)).toEqual(await makeWorkedExample())
  })
})
