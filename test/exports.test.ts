import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { PUBLIC_NAMES } from './setup/public-names.ts'
import type { PublicNames } from './setup/public-names.ts'
import { listPackages } from './setup/workspace.ts'

// What each package lets others use. To add or remove a name is a decision: it is made in setup/public-names.ts.

const entries = listPackages().flatMap((one) =>
  [...one.entries].map(([path, file]) => ({ name: `${one.name}${path.slice(1)}`, file: join(one.folder, file) })),
)

describe('the public names', () => {
  test('are the ones that were decided', () => {
    const found = Object.fromEntries(entries.map(({ name, file }) => [name, readNames(file)]))

    expect(found).toEqual(PUBLIC_NAMES)
  })

  test('exist when the program runs', async () => {
    const loaded = await Promise.all(entries.map(async ({ name, file }) => [name, await loadNames(file)] as const))

    const decided = Object.entries(PUBLIC_NAMES).map(([name, { values }]) => [name, values] as const)
    expect(Object.fromEntries(loaded)).toEqual(Object.fromEntries(decided))
  })

  test('are at most 20 an entry, types included', () => {
    const wide = Object.entries(PUBLIC_NAMES).filter(([, { values, types }]) => values.length + types.length > 20)

    expect(wide.map(([name]) => name)).toEqual([])
  })

  test('stand in entry files that hold nothing but re-exports by name; the conformance suite is a test', () => {
    const wrong = entries.filter(
      ({ name, file }) => name !== 'store/conformance' && hasMore(readFileSync(file, 'utf8')),
    )

    expect(wrong.map(({ name }) => name)).toEqual([])
  })
})

const EXPORT = /export (type )?\{([^}]*)\}(?: from '[^']+')?;?/g

function readNames(file: string): PublicNames {
  const source = readFileSync(file, 'utf8')
  const found = [...source.matchAll(EXPORT)].flatMap(([, type, list]) => parseList(list ?? '', type !== undefined))
  const declared = [...source.matchAll(/^export (?:async )?(function|const|class|type|interface) (\w+)/gm)].map(
    ([, kind, name]) => ({ name: name ?? '', isType: kind === 'type' || kind === 'interface' }),
  )
  const names = (isType: boolean): readonly string[] =>
    [...found, ...declared]
      .filter((one) => one.isType === isType)
      .map((one) => one.name)
      .toSorted()
  return { values: names(false), types: names(true) }
}

function parseList(list: string, allTypes: boolean): readonly { readonly name: string; readonly isType: boolean }[] {
  const items = list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return items.map((item) => ({
    name: item.split(/\s+/).at(-1) ?? '',
    isType: allTypes || item.startsWith('type '),
  }))
}

async function loadNames(file: string): Promise<readonly string[]> {
  const loaded: unknown = await import(pathToFileURL(file).href)
  return typeof loaded === 'object' && loaded !== null ? Object.keys(loaded).toSorted() : []
}

/** Whether an entry file holds anything but comments and re-exports by name. */
function hasMore(source: string): boolean {
  const rest = source.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return rest.replace(EXPORT, '').trim() !== ''
}
