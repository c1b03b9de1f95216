import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { listPackages } from '../setup/workspace.ts'
import type { Package } from '../setup/workspace.ts'

/** A packed package, as it is after unpacking. */
export interface Tarball {
  readonly one: Package
  readonly file: string
  readonly folder: string
  /** The paths of all files, sorted. */
  readonly paths: readonly string[]
  readonly bytes: number
  readonly manifest: Manifest
}

/** The part of a published `package.json` that the checks read. */
export interface Manifest {
  readonly version: string
  readonly license: string
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

/** Describes the tarballs that `setup.ts` made and unpacked in `place`. */
export function listTarballs(place: string): readonly Tarball[] {
  return listPackages().map((one) => {
    const folder = join(place, 'unpacked', one.name)
    const paths = globSync('**', { cwd: folder })
      .filter((path) => statSync(join(folder, path)).isFile())
      .toSorted()
    const bytes = paths.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0)
    const manifest = readManifest(folder)
    return { one, file: join(place, `sallyport-${one.name}-${manifest.version}.tgz`), folder, paths, bytes, manifest }
  })
}

/** Gives the text of a file of a tarball. */
export function readPacked({ folder }: Tarball, path: string): string {
  return readFileSync(join(folder, path), 'utf8')
}

function readManifest(folder: string): Manifest {
  const manifest: Partial<Manifest> = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { version = '', license = '', exports = {}, bin = {}, dependencies = {}, peerDependencies = {} } = manifest
  return { version, license, exports, bin, dependencies, peerDependencies }
}
