import { globSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { ROOT } from '../setup/workspace.ts'
import { run } from './run.ts'
import { listTarballs, readPacked } from './tarball.ts'
import type { Tarball } from './tarball.ts'

// What each tarball may weigh when it is unpacked, in kB: room to grow by about a half, none for a stray folder.
const USUAL_LIMIT_KB = 300
const LIMITS_KB: Readonly<Record<string, number>> = {
  audit: 2_500,
  'audit-winston': 270,
  cli: 500,
  keyring: 200,
  oidc: 1_200,
  'request-context': 270,
  'session-store': 90,
  sqlite: 470,
  'step-up': 2_000,
  store: 500,
  testing: 570,
  tlog: 320,
  totp: 100,
  webauthn: 450,
}
// Documents beside the README, which it leads to.
const DOCUMENTS: Readonly<Record<string, readonly string[]>> = {
  audit: ['EVENTS.md', 'FORMATS.md', 'GUIDE.md', 'OPERATIONS.md', 'SPEC.md'],
  'audit-winston': ['SINKS.md'],
  cli: ['COMMANDS.md'],
  oidc: ['GUIDE.md', 'MIGRATION.md', 'PROVIDERS.md'],
  'step-up': ['FACTORS.md', 'GUIDE.md'],
  tlog: ['WITNESSES.md'],
}
const BIN = join(import.meta.dirname, 'node_modules', '.bin')

const tarballs = listTarballs(inject('tarballs'))

/** Names each tarball with what is wrong with it; an empty list is what a check wants. */
function wrongs(find: (tarball: Tarball) => readonly string[]): readonly string[] {
  return tarballs.flatMap((tarball) => find(tarball).map((wrong) => `${tarball.one.name}: ${wrong}`))
}

describe('the files of a package', () => {
  test('are its manifest, documents, licence, sources without tests, and what was built of each; no other', () => {
    expect(Object.fromEntries(tarballs.map(({ one, paths }) => [one.name, paths]))).toEqual(
      Object.fromEntries(tarballs.map((tarball) => [tarball.one.name, expectedPaths(tarball)])),
    )
  })

  test('weigh no more than they should', () => {
    const heavy = wrongs(({ one, bytes }) => {
      const limit = LIMITS_KB[one.name] ?? USUAL_LIMIT_KB
      return bytes > limit * 1_000 ? [`${bytes} bytes, at most ${limit} kB`] : []
    })

    expect(heavy).toEqual([])
  })

  test('include the licence of the repository, word for word', () => {
    const licence = readFileSync(join(ROOT, 'LICENSE'), 'utf8')

    expect(wrongs((tarball) => (readPacked(tarball, 'LICENSE') === licence ? [] : ['another licence']))).toEqual([])
    expect(wrongs(({ manifest }) => (manifest.license === 'MIT' ? [] : [manifest.license]))).toEqual([])
  })

  test('are what the documents in them link to', () => {
    const dangling = wrongs((tarball) =>
      tarball.paths
        .filter((path) => path.endsWith('.md'))
        .flatMap((path) => linksOf(readPacked(tarball, path)).filter((link) => !tarball.paths.includes(link))),
    )

    expect(dangling).toEqual([])
  })
})

describe('the manifest of a package', () => {
  test('leads every entry and command to a file that was built', () => {
    const missing = wrongs(({ paths, manifest }) =>
      [...Object.values(manifest.exports).flatMap((entry) => Object.values(entry)), ...Object.values(manifest.bin)]
        .map((path) => normalize(path))
        .filter((path) => !path.startsWith('dist/') || !paths.includes(path)),
    )

    expect(missing).toEqual([])
  })

  test('names the types of every entry, before its code', () => {
    const untyped = wrongs(({ manifest }) =>
      Object.entries(manifest.exports).flatMap(([path, entry]) =>
        Object.keys(entry).join() === 'types,default' ? [] : [path],
      ),
    )

    expect(untyped).toEqual([])
  })

  test('has the entries that the sources have', () => {
    const entries = Object.fromEntries(tarballs.map(({ one, manifest }) => [one.name, Object.keys(manifest.exports)]))

    expect(entries).toEqual(Object.fromEntries(tarballs.map(({ one }) => [one.name, [...one.entries.keys()]])))
  })

  test('asks for versions, not for places in the workspace', () => {
    const odd = wrongs(({ manifest }) =>
      Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
        .filter(([, range]) => !/^[\^]?\d+\.\d+\.\d+$/.test(range))
        .map(([name, range]) => `${name} ${range}`),
    )

    expect(odd).toEqual([])
  })

  test('gives its commands as programs that a shell can start', () => {
    const broken = wrongs((tarball) =>
      Object.values(tarball.manifest.bin).filter(
        (path) =>
          !readPacked(tarball, path).startsWith('#!/usr/bin/env -S node ') ||
          (statSync(join(tarball.folder, path)).mode & 0o111) !== 0o111,
      ),
    )

    expect(broken).toEqual([])
  })
})

describe('what was built', () => {
  test('imports JavaScript only, from files that are there', () => {
    const lost = wrongs((tarball) =>
      tarball.paths
        .filter((path) => /^dist\/.*\.js$/.test(path))
        .flatMap((path) => relativeImports(readPacked(tarball, path)).map((name) => join(dirname(path), name)))
        .filter((path) => !path.endsWith('.js') || !tarball.paths.includes(path)),
    )

    expect(lost).toEqual([])
  })

  test('declares nothing by files that are not there', () => {
    const lost = wrongs((tarball) =>
      tarball.paths
        .filter((path) => path.endsWith('.d.ts') && path.startsWith('dist/'))
        .flatMap((path) => relativeImports(readPacked(tarball, path)).map((name) => join(dirname(path), name)))
        .filter((path) => !tarball.paths.includes(path.replace(/\.ts$/, '.d.ts'))),
    )

    expect(lost).toEqual([])
  })

  test('has maps that lead to sources in the tarball', () => {
    const lost = wrongs((tarball) =>
      tarball.paths
        .filter((path) => path.endsWith('.map'))
        .flatMap((path) => mappedSources(readPacked(tarball, path)).map((source) => join(dirname(path), source)))
        .filter((path) => !path.startsWith('src/') || !tarball.paths.includes(path)),
    )

    expect(lost).toEqual([])
  })

  test('starts the writing thread of sqlite from the built file beside it', () => {
    const sqlite = tarballs.find(({ one }) => one.name === 'sqlite')

    expect(sqlite?.paths).toEqual(expect.arrayContaining(['dist/lib/writer.js', 'dist/lib/writer-thread.js']))
  })
})

describe('the judges of packages', () => {
  test('publint --strict finds nothing', async () => {
    expect(await judgeAll('publint', (file) => ['--strict', file])).toEqual([])
  })

  test('are the types wrong? finds nothing, for ES modules', async () => {
    expect(await judgeAll('attw', (file) => ['--profile', 'esm-only', '--no-color', '--no-emoji', file])).toEqual([])
  })
})

function expectedPaths({ one }: Tarball): readonly string[] {
  const sources = globSync('src/**/*.ts', { cwd: one.folder }).filter((path) => !path.endsWith('.test.ts'))
  const built = sources
    .filter((path) => !path.endsWith('.d.ts'))
    .map((path) => path.replace(/^src/, 'dist').replace(/\.ts$/, ''))
    .flatMap((path) => [`${path}.js`, `${path}.js.map`, `${path}.d.ts`, `${path}.d.ts.map`])
  const documents = ['LICENSE', 'README.md', 'package.json', ...(DOCUMENTS[one.name] ?? [])]
  return [...documents, ...sources, ...built].toSorted()
}

/** The files beside a document that it links to; what is above its package stands in the repository only. */
function linksOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
    .flatMap(([, link = '']) => (/^[a-z]+:/.test(link) ? [] : [normalize(link)]))
    .filter((path) => !path.startsWith('..'))
}

function relativeImports(code: string): readonly string[] {
  const pattern = /(?:^|[\s;}])(?:from|import)\s*\(?\s*(['"])(\.[^'"\n]+)\1/g
  return [...code.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '').matchAll(pattern)].flatMap((match) => match[2] ?? [])
}

function mappedSources(map: string): readonly string[] {
  const { sources = [] }: { readonly sources?: readonly string[] } = JSON.parse(map)
  return sources
}

/** Runs a judge over every tarball, as many at once as there are processors. Gives the outputs of those it refuses. */
async function judgeAll(judge: string, args: (file: string) => readonly string[]): Promise<readonly string[]> {
  const waiting = [...tarballs]
  const refused: string[] = []
  const judgeNext = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { code, output, errors } = await run(join(BIN, judge), args(next.file), { cwd: ROOT })
      if (code !== 0) refused.push(`${output}${errors}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, judgeNext))
  return refused
}
