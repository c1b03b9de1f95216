import { createMemoryStore } from '@sallyport/store'
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { enumerate, printCounts } from './tampering/cases.ts'
import { flipCharacter } from './tampering/change.ts'
import { checkpointCases, removalCases } from './tampering/checkpoint-cases.ts'
import { acceptedCases, cutCases, forkCases, sideFileCases } from './tampering/copy-cases.ts'
import { restoreImage, type Image } from './tampering/image.ts'
import { manifestCases } from './tampering/manifest-cases.ts'
import { keyringOf, openStory } from './tampering/story.ts'
import { headCases, treeCases } from './tampering/tree-cases.ts'
import { createWorld, thinnedOut, withFile, type World } from './tampering/world.ts'

// On two free cores all of these files together take less than a minute; a busy machine may need several.
const SLOWLY = { timeout: 300_000 }

describe('what proves a signed ledger of 300 entries', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })

  test(
    'v5.0.0-16.4.2 names every hash and every tile of the stored tree that is changed, removed or put in',
    SLOWLY,
    async () => {
      const found = await enumerate(treeCases(thinnedOut(world)), world)
      printCounts(found, 'tree')

      expect(found.misses).toEqual([])
      expect(found.total).toBeGreaterThan(1_200)
    },
  )

  test(
    'names a head that is gone, unreadable, behind, ahead or of another root, and none for its time',
    SLOWLY,
    async () => {
      const found = await enumerate(headCases(thinnedOut(world)), world)
      printCounts(found, 'head')

      expect(found.misses).toEqual([])
      expect(found.total).toBeGreaterThan(90)
    },
  )

  test(
    'v5.0.0-16.4.2 names every checkpoint that is changed, moved, replaced or signed by whom it must not be',
    SLOWLY,
    async () => {
      const found = await enumerate(await checkpointCases(thinnedOut(world)), world)
      printCounts(found, 'checkpoints')

      expect(found.misses).toEqual([])
      expect(found.total).toBeGreaterThan(1_200)
    },
  )

  test(
    'names checkpoints that are removed where an entry could hide, and accuses nobody where none can',
    SLOWLY,
    async () => {
      const found = await enumerate(removalCases(world), world)
      printCounts(found, 'removed checkpoints')

      expect(found.misses).toEqual([])
      expect(found.total).toBeGreaterThan(15)
    },
  )

  test('names every key manifest that is changed, removed, swapped or forged', SLOWLY, async () => {
    const found = await enumerate(await manifestCases(thinnedOut(world)), world)
    printCounts(found, 'key manifests')

    expect(found.misses).toEqual([])
    expect(found.total).toBeGreaterThan(1_000)
  })
})

describe('a signed ledger of 300 entries and a checkpoint that was kept elsewhere', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })

  test('LOG-08 show every older copy and every cut, which without that checkpoint look good', SLOWLY, async () => {
    const found = await enumerate(cutCases(world), world)
    printCounts(found, 'older copies and cuts')

    expect(found.misses).toEqual([])
    expect(found.total).toBeGreaterThan(100)
  })

  test('LOG-08 show every copy that went on for itself', SLOWLY, async () => {
    const found = await enumerate(await forkCases(world), world)
    printCounts(found, 'forks')

    expect(found.misses).toEqual([])
    expect(found.total).toBeGreaterThan(40)
  })

  test('LOG-08 show every copy that was put in place on purpose, whatever is removed of what says so', async () => {
    const found = await enumerate(await acceptedCases(world), world)
    printCounts(found, 'accepted rollbacks')

    expect(found.misses).toEqual([])
    expect(found.total).toBeGreaterThan(30)
  })

  test('name every change of that checkpoint', SLOWLY, async () => {
    const found = await enumerate(await sideFileCases(thinnedOut(world)), world)
    printCounts(found, 'kept checkpoints')

    expect(found.misses).toEqual([])
    expect(found.total).toBeGreaterThan(300)
  })

  test('LOG-08 keep every older copy from being opened, and nothing is written', SLOWLY, async () => {
    await withFile(world.sideFile, async (path) => {
      for (const copy of world.copies) expect(await openingOf(copy, path, [1, 2])).toBe('ERR_AUDIT_ROLLED_BACK')

      expect(await readFile(path, 'utf8')).toBe(world.sideFile)
    })
  })

  test(
    'keep a ledger from being opened when any character of the checkpoint file is changed, or the file is gone',
    SLOWLY,
    async () => {
      const outcomes = new Set<string>()
      for (let at = 0; at < world.sideFile.length; at++) {
        await withFile(flipCharacter(world.sideFile, at, at % 7), async (path) => {
          outcomes.add(await openingOf(world.image, path))
        })
      }
      await withFile(undefined, async (path) => void outcomes.add(await openingOf(world.image, path)))

      expect([...outcomes]).toEqual(['ERR_AUDIT_CHECKPOINT_FILE'])
    },
  )

  test(
    'let it be opened with its own checkpoint, an older one, or a place that was emptied to begin anew',
    SLOWLY,
    async () => {
      const older = world.image.records.get('ledger/checkpoint/0000000000000256')?.value
      for (const text of [world.sideFile, String(Object(older).note), '']) {
        await withFile(text, async (path) => {
          expect(await openingOf(world.image, path)).toBe('opened')
          expect(await readFile(path, 'utf8')).not.toBe(text)
        })
      }
    },
  )
})

/** Opens a copy of a ledger with a checkpoint file and the keys of a time, and says how that ended. */
async function openingOf(image: Image, checkpointFile: string, signKeys: readonly number[] = [2]): Promise<string> {
  const store = createMemoryStore()
  await restoreImage(store, image)
  try {
    const audit = await openStory({ store, checkpointFile }, { writer: 'web-4', keyring: keyringOf(...signKeys) })
    await audit.close()
    return 'opened'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'another error'
  }
}
