import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findImports, findOnDemand, listPackages, listSources } from './setup/workspace.ts'
import type { Package, Source } from './setup/workspace.ts'

// Which package may import which. The tests of a package may import more, but nobody imports another's inner files.

const EVERYTHING = [
  'audit',
  'audit-winston',
  'keyring',
  'oidc',
  'request-context',
  'session-store',
  'sqlite',
  'step-up',
  'store',
  'testing',
  'tlog',
  'totp',
  'webauthn',
  'witness',
]

const ARROWS: Readonly<Record<string, readonly string[]>> = {
  tlog: [],
  keyring: [],
  store: [],
  sqlite: ['store'],
  audit: ['keyring', 'store', 'tlog'],
  'audit-winston': ['audit'],
  'request-context': ['audit', 'keyring'],
  'session-store': ['audit', 'store'],
  'step-up': ['audit', 'keyring', 'store'],
  totp: ['step-up'],
  webauthn: ['step-up'],
  witness: ['store', 'tlog'],
  oidc: ['audit', 'keyring', 'step-up', 'store'],
  cli: EVERYTHING,
  testing: EVERYTHING,
}

const WITHOUT_THIRD_PARTIES = ['audit', 'keyring', 'store', 'tlog']

const packages = listPackages()
const sources = packages.map((one) => ({ one, files: listSources(one) }))

describe('the arrows between packages', () => {
  test('every package has its place', () => {
    expect(packages.map((one) => one.name).toSorted()).toEqual(Object.keys(ARROWS).toSorted())
  })

  test('no package depends on one it has no arrow to', () => {
    const wrong = packages.flatMap((one) => beyondArrows(one, one.needs))

    expect(wrong).toEqual([])
  })

  test('no production file imports from a package it has no arrow to', () => {
    const wrong = sources.flatMap(({ one, files }) =>
      production(files).flatMap((file) => beyondArrows(one, file.imports).map((arrow) => `${file.path}: ${arrow}`)),
    )

    expect(wrong).toEqual([])
  })

  test('there is no way around in a circle', () => {
    const circles = packages.filter((one) => reachable(one.name).has(one.name))

    expect(circles.map((one) => one.name)).toEqual([])
  })
})

describe('dependencies', () => {
  test('the packages that carry the evidence have no third-party dependency', () => {
    const evidence = packages.filter((one) => WITHOUT_THIRD_PARTIES.includes(one.name))

    expect(evidence.flatMap((one) => one.needs.filter((name) => !name.startsWith('@sallyport/')))).toEqual([])
  })

  test('a production file imports only what its package says it needs, and an optional peer only on demand', () => {
    const wrong = sources.flatMap(({ one, files }) =>
      production(files).flatMap((file) => {
        const optional = file.onDemand.filter((name) => one.mayUse.includes(name))
        return undeclared(file, [...one.needs, ...optional]).map((name) => `${file.path}: ${name}`)
      }),
    )

    expect(wrong).toEqual([])
  })
})

describe('the inside of a package', () => {
  test('is not imported from outside, by production code or by tests', () => {
    const wrong = sources.flatMap(({ one, files }) => files.flatMap((file) => deepImports(one, file)))

    expect(wrong).toEqual([])
  })

  test('does not import its own entry', () => {
    const wrong = sources.flatMap(({ one, files }) =>
      production(files).filter((file) => file.imports.some((name) => nameOf(name) === `@sallyport/${one.name}`)),
    )

    expect(wrong.map((file) => file.path)).toEqual([])
  })
})

describe('findImports', () => {
  test('sees every way of importing and no comment', () => {
    const source = [
      `import a from 'one'`,
      `import type { B } from "two"`,
      `import 'three'`,
      `export { c } from 'four'`,
      `export * from 'five'`,
      `const d = await import('six')`,
      `import {`,
      `  e,`,
      `} from 'seven'`,
      `// import f from 'eight'`,
      ` * import f from 'nine'`,
    ].join('\n')

    expect(findImports(source)).toEqual(['one', 'two', 'three', 'four', 'five', 'six', 'seven'])
  })
})

describe('findOnDemand', () => {
  test('sees what only a call loads', () => {
    const source = [
      `import a from 'one'`,
      `const b = await import('two')`,
      `async function c() {`,
      `  return await import('three')`,
      `  const one = await import('one')`,
      `}`,
    ].join('\n')

    expect(findOnDemand(source)).toEqual(['three'])
  })
})

function production(files: readonly Source[]): readonly Source[] {
  return files.filter((file) => !file.isTest)
}

function beyondArrows(one: Package, names: readonly string[]): readonly string[] {
  const allowed = ARROWS[one.name] ?? []
  return siblings(names)
    .filter((name) => name !== one.name && !allowed.includes(name))
    .map((name) => `${one.name} -> ${name}`)
}

function siblings(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.startsWith('@sallyport/')).map((name) => nameOf(name).replace('@sallyport/', ''))
}

function reachable(start: string): ReadonlySet<string> {
  const seen = new Set<string>()
  const open = [start]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const next = siblings(packages.find((one) => one.name === name)?.needs ?? []).filter((other) => !seen.has(other))
    next.forEach((other) => seen.add(other))
    open.push(...next)
  }
  return seen
}

function undeclared(file: Source, needs: readonly string[]): readonly string[] {
  return file.imports.filter((name) => !/^(?:\.|node:)/.test(name) && !needs.includes(nameOf(name)))
}

function deepImports(one: Package, file: Source): readonly string[] {
  const wrong = file.imports.filter((name) => (name.startsWith('.') ? leaves(one, file, name) : isInner(name)))
  return wrong.map((name) => `${file.path}: ${name}`)
}

function leaves(one: Package, file: Source, name: string): boolean {
  const allowed = file.isTest ? `packages/${one.name}/` : `packages/${one.name}/src/`
  return !normalize(join(dirname(file.path), name)).startsWith(allowed)
}

function isInner(name: string): boolean {
  if (!name.startsWith('@sallyport/')) return false
  const owner = packages.find((one) => `@sallyport/${one.name}` === nameOf(name))
  return owner === undefined || !owner.entries.has(`.${name.slice(nameOf(name).length)}`)
}

/** The name of the package in an import: its scope and first part, without a path. */
function nameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
