import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { ROOT } from '../setup/workspace.ts'
import { runOrThrow } from './run.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the tarballs, and beside them `unpacked/<package>`. */
    readonly tarballs: string
  }
}

let place = ''

/** Installs the tools, then builds and packs every package, once for all checks. */
export async function setup(project: TestProject): Promise<void> {
  place = mkdtempSync(join(tmpdir(), 'sallyport-pack-'))
  await installTools()
  await runOrThrow('pnpm', ['-r', '--filter', './packages/*', 'pack', '--pack-destination', place], { cwd: ROOT })
  for (const file of readdirSync(place)) await unpack(file)
  project.provide('tarballs', place)
}

/** Leaves nothing behind. */
export function teardown(): void {
  rmSync(place, { recursive: true, force: true })
}

/** Installs what `package.json` beside this file pins, among it the oldest Node that the packages support. */
export async function installTools(): Promise<void> {
  await runOrThrow('pnpm', ['install', '--frozen-lockfile'], { cwd: import.meta.dirname, env: { CI: 'true' } })
}

async function unpack(file: string): Promise<void> {
  const name = file.replace(/^sallyport-(.*)-\d+\.\d+\.\d+.*\.tgz$/, '$1')
  const folder = join(place, 'unpacked', name)
  mkdirSync(folder, { recursive: true })
  await runOrThrow('tar', ['-xzf', join(place, file), '--strip-components=1', '-C', folder], { cwd: place })
}
