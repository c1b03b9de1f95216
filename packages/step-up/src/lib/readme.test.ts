import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { LIMITS } from './limits.ts'
import { PRESETS } from './presets.ts'

const README = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')

/** The lines of the table under a heading, each as its cells. */
function tableUnder(heading: string): readonly (readonly string[])[] {
  const section = README.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('| '))
  return lines.slice(1).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** All that stands in backquotes in the first cells of a table. */
function namesUnder(heading: string): readonly string[] {
  return tableUnder(heading).flatMap(([cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

function source(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8')
}

function membersOf(name: string, type: string): readonly string[] {
  const body = source(name).split(`export interface ${type} {`)[1]?.split('\n}')[0] ?? ''
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = '']) => member)
}

describe('the README', () => {
  test('tells the limits as they are', () => {
    const told = tableUnder('Limits').map(([name = '', value = '']) => [
      name.replaceAll('`', ''),
      Number(value.replaceAll(',', '')),
    ])

    expect(Object.fromEntries(told)).toEqual(LIMITS)
  })

  test('names every option, and none that does not exist', () => {
    expect(namesUnder('Options of `createStepUp`')).toEqual(membersOf('options.ts', 'CreateStepUpOptions'))
    const options = namesUnder('Options of `requireStepUp`').filter((name) => !(name in PRESETS))
    expect(options).toEqual(membersOf('requirement.ts', 'StepUpOptions'))
  })

  test('v5.0.0-7.1.1 tells the presets as they are', () => {
    const rows = tableUnder('Options of `requireStepUp`').filter(([name = '']) => name.slice(1, -1) in PRESETS)
    const told = rows.map(([name = '', maxAge = '', demands = '']) => [
      name.slice(1, -1),
      {
        maxAge: maxAge.slice(1, -1),
        ...Object.fromEntries([...demands.matchAll(/`(\w+)`/g)].map(([, strength = '']) => [strength, true])),
      },
    ])

    expect(Object.fromEntries(told)).toEqual(PRESETS)
  })

  test('names every code, and none that does not exist', () => {
    const codes = [...source('errors.ts').matchAll(/^ {2}\| '(ERR_\w+)'$/gm)].map(([, code = '']) => code)

    expect(namesUnder('Codes').toSorted((one, other) => one.localeCompare(other))).toEqual(
      codes.toSorted((one, other) => one.localeCompare(other)),
    )
  })
})
