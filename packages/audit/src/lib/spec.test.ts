import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@sallyport/store'
import { nodeHash } from '@sallyport/tlog'
import { openNote, parseCheckpoint, parseVerifierKey } from '@sallyport/tlog/note'
import { describe, expect, test } from 'vitest'
import { makeSpecExample } from '../../test/spec-example.ts'
import { canonicalize } from './canonical.ts'
import { MAX_ENTRY_BYTES } from './entry-builder.ts'
import { MEANINGS } from './verdict-meanings.ts'

const SPEC = readFileSync(join(import.meta.dirname, '..', '..', 'SPEC.md'), 'utf8')

describe('the worked example of SPEC.md', () => {
  test('has the entries that the code writes', async () => {
    const { entries } = await makeSpecExample()

    expect(entries.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([block('Entry 0'), block('Entry 1')])
  })

  test('has the tags, the envelope and the records that the code writes', async () => {
    const { entries, records, revealed } = await makeSpecExample()

    expect(canonicalize(entries[1]?.tags)).toBe(block('Tags of entry 1'))
    expect(canonicalize(revealed)).toBe(block('What the envelope of entry 1 holds'))
    const [tile, head] = ['ledger/tile/00/0000000000000000', 'ledger/head']
    expect(canonicalize(records.get(tile))).toBe(block(`Record ${tile}`))
    expect(canonicalize(records.get(head))).toBe(block(`Record ${head}`))
  })

  test('has the verifier key and the checkpoint that the code writes', async () => {
    const { records, verifierKey } = await makeSpecExample()

    expect(verifierKey).toBe(block('Verifier key'))
    expect(noteOf(records.get('ledger/checkpoint/0000000000000002'))).toBe(exampleNote())
  })

  test('holds by itself: entries give the leaves, leaves the root, and the key opens the note', () => {
    const leaves = [block('Entry 0'), block('Entry 1')].map((entry) => sha256(`\0${entry}`))
    const [left = Buffer.alloc(0), right = Buffer.alloc(0)] = leaves
    const { text } = openNote(exampleNote(), [parseVerifierKey(block('Verifier key'))])
    const checkpoint = parseCheckpoint(text)

    expect(leaves.map((leaf) => leaf.toString('hex')).join('\n')).toBe(block('Leaf hashes'))
    expect(checkpoint).toMatchObject({ origin: 'bank.example/ledger', size: 2 })
    expect(Buffer.from(checkpoint.root).toString('hex')).toBe(Buffer.from(nodeHash(left, right)).toString('hex'))
  })

  test('has the pseudonym that its words describe', () => {
    const parts = ['audit.actor', 'alice'].map((part) => Buffer.from(part))
    const input = Buffer.concat(parts.flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]))
    const mac = createHmac('sha256', Buffer.alloc(32, 2)).update(input).digest()

    expect(block('Entry 1')).toContain(`"actor":{"id":"name0000.${mac.subarray(0, 16).toString('base64url')}"}`)
  })
})

describe('SPEC.md', () => {
  test('names the bound of an entry and every verdict', () => {
    const verdicts = new Set(['good', ...Object.values(MEANINGS).map(({ verdict }) => verdict)])

    expect(SPEC).toContain(`at most ${MAX_ENTRY_BYTES.toLocaleString('en')} bytes`)
    expect([...verdicts].filter((verdict) => !SPEC.includes(`| \`${verdict}\` |`))).toEqual([])
  })
})

/** The text block below a heading. */
function block(heading: string): string {
  const [, rest = ''] = SPEC.split(`### ${heading}\n`)
  const found = /^\n```text\n([^]*?)\n```\n/.exec(rest)?.[1]
  if (found === undefined) throw new Error(`SPEC.md has no block "${heading}"`)
  return found
}

function exampleNote(): string {
  return `${block('The note in record ledger/checkpoint/0000000000000002')}\n`
}

function noteOf(value: Json | undefined): unknown {
  return typeof value === 'object' && value !== null && 'note' in value ? value['note'] : undefined
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
