import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** The folder of the repository. */
export const ROOT: string = join(import.meta.dirname, '..', '..')

/** A package of `packages/`, as its `package.json` describes it. */
export interface Package {
  /** The folder's name, which is also the name below `@sallyport/`. */
  readonly name: string
  readonly folder: string
  /** The names in `dependencies` and `peerDependencies`, without optional peers. */
  readonly needs: readonly string[]
  /** Optional peers: for a conformance suite, or loaded when they are asked for. */
  readonly mayUse: readonly string[]
  /** The names in `devDependencies`. */
  readonly needsForTests: readonly string[]
  /** What others may import: `.` and the further entries, each with its source file. */
  readonly entries: ReadonlyMap<string, string>
}

/** A source file with what it imports. */
export interface Source {
  readonly path: string
  readonly isTest: boolean
  readonly imports: readonly string[]
  /** Those of the imports that are only loaded when a call comes to them. */
  readonly onDemand: readonly string[]
}

/** Lists the packages by name. */
export function listPackages(): readonly Package[] {
  const files = globSync('packages/*/package.json', { cwd: ROOT }).toSorted()
  return files.map((file) => describePackage(join(ROOT, file, '..')))
}

/** Lists the source files of a package; a conformance suite is a test that is published. */
export function listSources(one: Package): readonly Source[] {
  const files = globSync('src/**/*.ts', { cwd: one.folder }).toSorted()
  return files.map((file) => {
    const source = readFileSync(join(one.folder, file), 'utf8')
    return {
      path: relative(ROOT, join(one.folder, file)),
      isTest: /\.test\.ts$|^src\/(?:lib\/)?conformance[./]/.test(file),
      imports: findImports(source),
      onDemand: findOnDemand(source),
    }
  })
}

/** Finds what a module imports or re-exports, types included, statically or not. */
export function findImports(source: string): readonly string[] {
  const code = source.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
  const pattern = /(?:^|[\s;}])(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g
  return [...code.matchAll(pattern)].flatMap((match) => match[2] ?? [])
}

/** Finds what a module loads by `await import()` inside of a function, and in no other way. */
export function findOnDemand(source: string): readonly string[] {
  const pattern = /^[ \t]+.*\bawait import\((['"])([^'"\n]+)\1\)/gm
  const always = findImports(source.replace(pattern, ''))
  return [...source.matchAll(pattern)].flatMap((match) => match[2] ?? []).filter((name) => !always.includes(name))
}

function describePackage(folder: string): Package {
  const manifest = asRecord(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  const keys = (field: string): readonly string[] => Object.keys(asRecord(manifest[field] ?? {}))
  const entries = Object.entries(asRecord(manifest['exports'])).map(([path, file]) => [path, String(file)] as const)
  return {
    name: String(manifest['name']).replace('@sallyport/', ''),
    folder,
    needs: [
      ...keys('dependencies'),
      ...keys('peerDependencies').filter((name) => !keys('peerDependenciesMeta').includes(name)),
    ],
    mayUse: keys('peerDependenciesMeta'),
    needsForTests: keys('devDependencies'),
    entries: new Map(entries.filter(([, file]) => existsSync(join(folder, file)))),
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('asRecord: expected an object')
  return { ...value }
}
