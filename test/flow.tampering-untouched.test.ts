import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { verifyLedger } from '@sallyport/audit/ledger'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore, type Store } from '@sallyport/store'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hiding, type Hidden } from './tampering/blind.ts'
import { enumerate, type Case } from './tampering/cases.ts'
import { checkpointCases } from './tampering/checkpoint-cases.ts'
import { killWriter } from './tampering/endless-writer.ts'
import { columnCases, contentCases } from './tampering/entry-cases.ts'
import { readImage, restoreImage, storeOf } from './tampering/image.ts'
import { manifestCases } from './tampering/manifest-cases.ts'
import { keyringOf, openStory, storyClock, together, writeStory } from './tampering/story.ts'
import { headCases, treeCases } from './tampering/tree-cases.ts'
import { createWorld, storyVerifierKeys, thinnedOut } from './tampering/world.ts'

describe('a ledger that nobody touched', () => {
  test('is good in memory and in a file, under every key that ever signed, also after it was opened and read again', async () => {
    const path = join(await newFolder(), 'ledger.db')
    const memory = createMemoryStore({ clock: storyClock() })
    await writeStory({ store: memory, checkpointFile: false })
    const file = await openSqlite({ path, clock: storyClock() })
    await writeStory({ store: file, checkpointFile: `${path}.checkpoint` })
    await file.close()
    const atRest = await openSqlite({ path, readOnly: true })
    const reopened = await openSqlite({ path })

    for (const store of [memory, atRest, reopened]) expect(await accusations(store)).toEqual([])
    await Promise.all([atRest.close(), reopened.close()])
  })

  test('stays good copy by copy, checkpoint by checkpoint, and wherever a copy of it goes on', async () => {
    const { copies, image } = await createWorld()
    for (const copy of [...copies, image]) {
      const store = createMemoryStore({ clock: storyClock() })
      await restoreImage(store, copy)

      expect(await accusations(store)).toEqual([])
    }
  })

  test('is good at any moment while it is written and signed, for its own process and for one that only reads', async () => {
    const path = join(await newFolder(), 'ledger.db')
    const store = await openSqlite({ path })
    const audit = await openStory(
      { store, checkpointFile: `${path}.checkpoint` },
      { writer: 'web-1', keyring: keyringOf(1) },
    )
    const reader = await openSqlite({ path, readOnly: true })
    const found: string[] = []
    let isWriting = true
    const check = async (seen: Store): Promise<void> => {
      // Reading a file takes no turn of the loop, and the writer needs some.
      for (; isWriting; await setImmediate()) found.push(...(await accusations(seen)), 'checked')
    }
    const write = async (): Promise<void> => {
      for (let turn = 0; turn < 25; turn++) {
        const signing = turn % 3 === 0 ? audit.settle() : undefined
        await Promise.all([together(audit, 7), together(audit, 1), signing])
      }
    }
    await Promise.all([write().finally(() => (isWriting = false)), check(store), check(reader)])
    await audit.close()

    expect(new Set(found)).toEqual(new Set(['checked']))
    expect(await accusations(reader)).toEqual([])
    await Promise.all([reader.close(), store.close()])
  })

  test(
    'is good after a writer was killed at any of its steps, before and after it is opened again',
    { timeout: 60_000 },
    async () => {
      const path = join(await newFolder(), 'ledger.db')
      for (const commits of [1, 2, 5, 9, 14, 23]) {
        await killWriter(path, commits)
        const examined = await openSqlite({ path, readOnly: true })
        expect(await accusations(examined)).toEqual([])
        await examined.close()
      }
      const store = await openSqlite({ path })
      const audit = await openStory(
        { store, checkpointFile: `${path}.checkpoint` },
        { writer: 'web-1', keyring: keyringOf(1) },
      )
      await audit.close()

      expect(await accusations(store)).toEqual([])
      expect((await verifyLedger({ store, verifierKeys: await storyVerifierKeys() })).writers).toMatchObject({
        silent: 6,
      })
      await store.close()
    },
  )
})

describe('the enumeration of tampered ledgers', () => {
  test('notices a verifier that does not see one of the things that it must see', async () => {
    const world = thinnedOut(await createWorld())
    const cases: Readonly<Record<Hidden, readonly Case[]>> = {
      bytes: take(contentCases(world), 40),
      columns: take(columnCases(world), 40),
      tile: take(treeCases(world), 40),
      head: take(headCases(world), 40),
      checkpoint: take(await checkpointCases(world), 40),
      keys: take(await manifestCases(world), 40),
    }
    for (const hidden of ['bytes', 'columns', 'tile', 'head', 'checkpoint', 'keys'] as const) {
      const blind = hiding(hidden, world.image)
      const { misses } = await enumerate(cases[hidden], { ...world, blind })

      expect(misses).toHaveLength(40)
    }
  })

  test('finds what it does find by itself: the same verifier without a blindfold misses nothing of it', async () => {
    const world = thinnedOut(await createWorld())
    const { misses } = await enumerate(take(treeCases(world), 40), { ...world, blind: (store) => store })

    expect(misses).toEqual([])
    expect(await accusations(storeOf(world.image))).toEqual([])
    expect(await readImage(storeOf(world.image))).toEqual(world.image)
  })
})

/** What a verifier says against a ledger, thoroughly and quickly, under both keys and under each of them. */
async function accusations(store: Store): Promise<readonly string[]> {
  const keys = await storyVerifierKeys()
  const [first = ''] = keys
  const found: string[] = []
  for (const verifierKeys of [keys, [first]]) {
    for (const quick of [false, true]) {
      const { verdict, problems } = await verifyLedger({ store, verifierKeys, quick })
      if (verdict !== 'good')
        found.push(`${verdict}: ${problems.map(({ kind, index }) => `${kind} ${index}`).join(', ')}`)
    }
  }
  return found
}

// Of all that must be found; what nobody can see is no control.
function take(cases: Iterable<Case>, count: number): readonly Case[] {
  const taken: Case[] = []
  for (const one of cases) {
    if (taken.length === count) break
    if (one.expected.verdict !== 'good') taken.push(one)
  }
  return taken
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-tampering-'))
  onTestFinished(async () => await rm(folder, { recursive: true }))
  return folder
}
