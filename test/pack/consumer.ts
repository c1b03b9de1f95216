import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { run, runOrThrow } from './run.ts'
import type { Outcome } from './run.ts'
import type { Tarball } from './tarball.ts'

/** Somebody's project: which programs they work with, and which versions of what the packages ask for. */
export interface Consumer {
  readonly folder: string
  readonly install: readonly [command: string, ...args: string[]]
  /** The program of Node. */
  readonly node: string
  /** The program of TypeScript's compiler. */
  readonly compiler: string
  readonly versions: Readonly<Record<string, string>>
}

/**
 * Makes the sample project in a folder of its own and installs the tarballs there, as if they came from the registry:
 * what a package needs of another one is the tarball, too.
 */
export async function installSample(consumer: Consumer, tarballs: readonly Tarball[]): Promise<void> {
  const { folder, install, versions } = consumer
  mkdirSync(folder)
  cpSync(join(import.meta.dirname, 'sample'), folder, { recursive: true })
  const packed = Object.fromEntries(tarballs.map(({ one, file }) => [`@sallyport/${one.name}`, `file:${file}`]))
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { ...packed, ...versions },
    // npm refuses an override of what the project itself asks for, unless it says the same.
    overrides: Object.fromEntries(Object.keys(packed).map((name) => [name, `$${name}`])),
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  const settings = { packages: ['.'], overrides: packed, strictPeerDependencies: true, autoInstallPeers: false }
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), JSON.stringify(settings))
  writeFileSync(join(folder, 'src', 'entries.ts'), importAll(tarballs))
  const [command, ...args] = install
  await runOrThrow(command, args, { cwd: folder, env: { CI: 'true' } })
}

/** Compiles the project. */
export async function compile({ node, compiler, folder }: Consumer): Promise<Outcome> {
  return await run(node, [compiler, '-p', '.'], { cwd: folder })
}

/** Runs one of the compiled programs. */
export async function start({ node, folder }: Consumer, name: string): Promise<Outcome> {
  return await run(node, ['--enable-source-maps', join('dist', `${name}.js`)], { cwd: folder })
}

/** Runs the installed `sallyport` as a shell would, with the consumer's Node first on the path. */
export async function sallyport({ node, folder }: Consumer, ...args: readonly string[]): Promise<Outcome> {
  const path = [dirname(node), process.env['PATH'] ?? ''].join(delimiter)
  return await run(join(folder, 'node_modules', '.bin', 'sallyport'), args, { cwd: folder, env: { PATH: path } })
}

/** The entries that a program may import; a conformance suite runs inside a test framework only. */
export function programEntries(tarballs: readonly Tarball[]): readonly string[] {
  return tarballs
    .flatMap(({ one }) => [...one.entries.keys()].map((path) => `${one.name}${path.slice(1)}`))
    .filter((entry) => !entry.endsWith('/conformance'))
}

/** A program that imports everything and prints the names that it found, as JSON. */
function importAll(tarballs: readonly Tarball[]): string {
  const entries = programEntries(tarballs)
  const imports = entries.map((entry, index) => `import * as entry${index} from '@sallyport/${entry}'`)
  const names = entries.map((entry, index) => `  '${entry}': Object.keys(entry${index}).toSorted(),`)
  return [...imports, 'const found = {', ...names, '}', 'process.stdout.write(JSON.stringify(found))', ''].join('\n')
}
