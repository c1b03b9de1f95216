import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore } from '@sallyport/store'
import { verifierKeysOf } from './forge.ts'
import { readImage, type Image, type ImageRecord } from './image.ts'
import { keyringOf, storyClock, writeStory } from './story.ts'

/** The ledger of the story, and what was kept of it on the way. */
export interface World {
  readonly image: Image
  /** Copies of the whole ledger, each made right after a checkpoint, the oldest first. */
  readonly copies: readonly Image[]
  /** The sizes of all checkpoints, the smallest first. */
  readonly signedSizes: readonly number[]
  /** What the checkpoint file holds in the end: the note of the newest checkpoint. */
  readonly sideFile: string
  /** Both keys that ever signed, the retired one first. */
  readonly verifierKeys: readonly string[]
}

/** Writes the story into a store in memory. */
export async function createWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-tampering-'))
  const checkpointFile = join(folder, 'checkpoint')
  const store = createMemoryStore({ clock: storyClock() })
  const copies: Image[] = []
  try {
    await writeStory({ store, checkpointFile }, async () => void copies.push(await readImage(store)))
    const image = await readImage(store)
    const sideFile = await readFile(checkpointFile, 'utf8')
    return { image, copies, sideFile, signedSizes: signedSizesOf(image), verifierKeys: await storyVerifierKeys() }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * The same ledger with a third of its checkpoints, among them one on the border of a tile and the newest: thousands of
 * verifications then spend their time on the entries. That the others hide nothing has a case of its own.
 */
export function thinnedOut({ image, ...world }: World): World {
  const kept = new Set([...world.signedSizes.filter((_size, at) => at % 3 === 2), 256, image.entries.length])
  const isKept = ([, { key }]: readonly [string, ImageRecord]): boolean =>
    key[1] !== 'checkpoint' || kept.has(Number(key.at(-1)))
  const signedSizes = world.signedSizes.filter((size) => kept.has(size))
  return { ...world, signedSizes, image: { ...image, records: new Map([...image.records].filter(isKept)) } }
}

/** The verifier keys of the story, the retired one first. */
export async function storyVerifierKeys(): Promise<readonly string[]> {
  return await verifierKeysOf(keyringOf(1, 2))
}

function signedSizesOf({ records }: Image): readonly number[] {
  return [...records.values()]
    .filter(({ key }) => key[1] === 'checkpoint')
    .map(({ key }) => Number(key.at(-1)))
    .toSorted((one, other) => one - other)
}

/** Lends a file that holds a text, in a folder of its own. */
export async function withFile(text: string | undefined, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-tampering-'))
  try {
    const path = join(folder, 'checkpoint')
    if (text !== undefined) await writeFile(path, text)
    await use(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}
