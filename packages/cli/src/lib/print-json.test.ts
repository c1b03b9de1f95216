import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { jsonText, printJson } from './print-json.ts'

const HOSTILE = 'acc\u009b2J\u202egnp\u2028{"forged":1}\u0085\ud800'
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

describe('printJson', () => {
  test('v5.0.0-16.4.1 prints one line of the same value, of which a terminal takes nothing for a command', () => {
    const lines: string[] = []
    printJson({ print: (line) => lines.push(line), report: () => undefined }, { said: HOSTILE, [HOSTILE]: 1 })

    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toMatch(UNSAFE)
    expect(JSON.parse(lines[0] ?? '')).toEqual({ said: HOSTILE, [HOSTILE]: 1 })
  })

  test('keeps the line ends of a layout, and no others', () => {
    const text = jsonText({ said: HOSTILE, more: { at: 1 } }, 2)

    expect(text.split('\n').map((line) => UNSAFE.test(line))).toEqual([false, false, false, false, false, false])
    expect(JSON.parse(text)).toEqual({ said: HOSTILE, more: { at: 1 } })
  })
})

describe('a command', () => {
  test('prints no JSON past it', async () => {
    const folder = join(import.meta.dirname, 'commands')
    const sources = (await readdir(folder)).filter((name) => !name.endsWith('.test.ts'))
    const texts = await Promise.all(sources.map(async (name) => await readFile(join(folder, name), 'utf8')))

    expect(sources.filter((_name, at) => texts[at]?.includes('JSON.stringify'))).toEqual([])
  })
})
