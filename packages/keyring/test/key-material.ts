import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { KeyMaterial } from '../src/index.ts'

/** Makes one key of each purpose from a byte, so that tests can name the keys. */
export function keyMaterial(seed: number): readonly KeyMaterial[] {
  const id = (letter: string): string => `${letter}${String(seed).padStart(7, '0')}`
  return [
    { id: id('e'), purpose: 'seal', secret: Buffer.alloc(32, seed) },
    { id: id('p'), purpose: 'pseudonym', secret: Buffer.alloc(32, seed + 1) },
    { id: id('s'), purpose: 'sign', secret: Buffer.alloc(32, seed + 2) },
  ]
}

/** Makes a directory that is removed after the test, and gives the path of a file in it. */
export async function temporaryPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'keyring-'))
  onTestFinished(async () => rm(directory, { recursive: true, force: true }))
  return join(directory, 'keys.json')
}
