import { createMemoryStore } from '@sallyport/store'
import type { Case, Expected } from './cases.ts'
import { flipCharacter } from './change.ts'
import { checkpointKey, HEAD_KEY, manifestKey, signedText, signText, withTilesOf } from './forge.ts'
import { readImage, restoreImage, textAt, valueAt, withEntries, withRecord, type Image } from './image.ts'
import { keyringOf, openStory, storyClock, together } from './story.ts'
import type { World } from './world.ts'

/* What older copies, forks and cut ledgers must give, and a checkpoint that was kept elsewhere and is changed itself. */
const EXPECTED = {
  'an older copy': { verdict: 'incomplete', kind: 'entry_missing' },
  // Nothing in the store can know of what came later. The documentation says so, and to keep a checkpoint elsewhere.
  'an older copy, of which no kept checkpoint tells': { verdict: 'good' },
  'a copy that went on, not as far': { verdict: 'incomplete', kind: 'entry_missing' },
  'a copy that went on, and further': { verdict: 'diverged', kind: 'root_diverged' },
  'a copy that went on, of which no kept checkpoint tells': { verdict: 'good' },
  'a shorter ledger of another line than the kept checkpoint': { verdict: 'incomplete', kind: 'entry_missing' },
  'a longer ledger of another line than the kept checkpoint': { verdict: 'diverged', kind: 'root_diverged' },
  // The ledger knows since when that key may not sign.
  'a checkpoint of another line by the key that was retired': {
    verdict: 'bad_signature',
    kind: 'checkpoint_key_retired',
  },
  'everything after a checkpoint is cut off': { verdict: 'incomplete', kind: 'entry_missing' },
  'everything after a checkpoint is cut off, of which no kept checkpoint tells': { verdict: 'good' },
  'everything after a checkpoint is cut off but the head': { verdict: 'incomplete', kind: 'checkpoint_missing' },
  'everything after a checkpoint is cut off but the tiles': { verdict: 'incomplete', kind: 'tree_ahead' },
  'everything after a checkpoint is cut off but the checkpoints': { verdict: 'incomplete', kind: 'entry_missing' },
  'an accepted rollback': { verdict: 'incomplete', kind: 'checkpoint_abandoned' },
  'an accepted rollback, of which no kept checkpoint tells': { verdict: 'good' },
  'an accepted rollback, judged without its entries': { verdict: 'incomplete', kind: 'entry_missing' },
  'an accepted rollback whose record is removed': { verdict: 'incomplete', kind: 'entry_missing' },
  // The record alone excuses nothing: then the kept checkpoint is of another line.
  'an accepted rollback that no entry tells of': { verdict: 'diverged', kind: 'root_diverged' },
  'a kept checkpoint that is older': { verdict: 'good' },
  'a bit of the kept checkpoint is flipped': {
    verdict: 'bad_signature',
    kind: ['checkpoint_forged', 'checkpoint_unreadable', 'checkpoint_unsigned'],
  },
  'the kept checkpoint is empty': { verdict: 'bad_signature', kind: 'checkpoint_unreadable' },
  'the kept checkpoint is signed by a stranger': { verdict: 'bad_signature', kind: 'checkpoint_unsigned' },
} as const satisfies Record<string, Expected>

type Kind = keyof typeof EXPECTED

/** Every older copy, and every ledger that was cut off at a checkpoint. */
export function* cutCases({ image, copies, signedSizes, sideFile }: World): Generator<Case> {
  const { length } = image.entries
  for (const copy of copies) {
    yield* withAndWithout('an older copy', { image: copy, known: sideFile, at: copy.entries.length })
  }
  for (const size of signedSizes.filter((one) => one > 0 && one < length)) {
    const cut = cutAt(image, size)
    yield* withAndWithout('everything after a checkpoint is cut off', { image: cut, known: sideFile, at: size })
    const head = valueAt(image, HEAD_KEY)
    yield made('everything after a checkpoint is cut off but the head', [withRecord(cut, HEAD_KEY, head), length])
    yield made('everything after a checkpoint is cut off but the tiles', [
      { ...cut, records: merged(cut, image, 'tile') },
      size,
    ])
    const signed = { ...cut, records: merged(cut, image, 'checkpoint') }
    yield made('everything after a checkpoint is cut off but the checkpoints', [
      withRecord(signed, HEAD_KEY, head),
      size,
    ])
  }
}

/** Every copy that somebody went on with, a little and beyond the original; and what the original is to its checkpoints. */
export async function forkCases({ image, copies, sideFile }: World): Promise<readonly Case[]> {
  const cases: Case[] = []
  const { length } = image.entries
  for (const copy of copies) {
    const size = copy.entries.length
    for (const more of [1, length - size + 20]) {
      const fork = await goOn(copy, more)
      const note = textAt(fork, checkpointKey(fork.entries.length), 'note')
      const isLonger = fork.entries.length >= length
      const kind = isLonger ? 'a copy that went on, and further' : 'a copy that went on, not as far'
      cases.push({ ...made(kind, [fork, isLonger ? length : fork.entries.length]), known: [sideFile] })
      cases.push(made('a copy that went on, of which no kept checkpoint tells', [fork, undefined]))
      const at = isLonger ? length : fork.entries.length
      if (isLonger && manifestsIn(copy) === 1) {
        cases.push({
          ...made('a checkpoint of another line by the key that was retired', [image, undefined]),
          known: [note],
        })
        continue
      }
      cases.push({
        ...made(`a ${isLonger ? 'shorter' : 'longer'} ledger of another line than the kept checkpoint`, [image, at]),
        known: [note],
      })
    }
  }
  return cases
}

/** Every copy that was put in place on purpose, which the ledger then says, and what that is worth. */
export async function acceptedCases({ copies, image, sideFile }: World): Promise<readonly Case[]> {
  const cases: Case[] = []
  const { length } = image.entries
  for (const copy of copies) {
    const accepted = await goOn(copy, 1, sideFile)
    const told = accepted.entries.findIndex(({ tags }) => tags.type === 'ledger.gap_recorded')
    const silent = withEntries(accepted, accepted.entries.toSpliced(told, 1))
    const abandoned = [...accepted.records.values()].filter(({ key }) => key[1] === 'abandoned')
    const unrecorded = abandoned.reduce((rest, { key }) => withRecord(rest, key, undefined), accepted)
    const known = [sideFile]
    cases.push(
      { ...made('an accepted rollback', [accepted, length]), known },
      made('an accepted rollback, of which no kept checkpoint tells', [accepted, undefined]),
      { ...made('an accepted rollback, judged without its entries', [accepted, undefined]), known, quick: true },
      { ...made('an accepted rollback whose record is removed', [unrecorded, undefined]), known },
      { ...made('an accepted rollback that no entry tells of', [silent, length]), known },
    )
  }
  return cases
}

/** Every single change of the checkpoint that was kept elsewhere. */
export async function sideFileCases({ image, signedSizes, sideFile }: World): Promise<readonly Case[]> {
  const kept = (kind: Kind, note: string): Case => ({ ...made(kind, [image, undefined]), known: [note] })
  const flipped = Array.from({ length: sideFile.length }, (_, at) =>
    [1, 4].map((bit) => flipCharacter(sideFile, at, bit)),
  )
  return [
    ...flipped.flat().map((note) => kept('a bit of the kept checkpoint is flipped', note)),
    kept('the kept checkpoint is empty', ''),
    kept('the kept checkpoint is signed by a stranger', await signText(signedText(sideFile), keyringOf(7))),
    ...signedSizes.map((size) => kept('a kept checkpoint that is older', textAt(image, checkpointKey(size), 'note'))),
  ]
}

/** Goes on with a copy as its own application would, and gives what became of it. */
async function goOn(copy: Image, count: number, acceptRollback?: string): Promise<Image> {
  const store = createMemoryStore({ clock: storyClock() })
  await restoreImage(store, copy)
  const signKeys = acceptRollback === undefined ? [[1], [1, 2], [2]][manifestsIn(copy) - 1] : [1, 2]
  const keyring = keyringOf(...(signKeys ?? []))
  const audit = await openStory({ store, checkpointFile: false }, { writer: 'web-3', keyring, acceptRollback })
  await together(audit, count)
  await audit.close()
  return await readImage(store)
}

function manifestsIn({ records }: Image): number {
  return [...records.values()].filter(({ key }) => key[1] === 'keys').length
}

/** A ledger as it was at a checkpoint, made from a later one by somebody who forgets nothing. */
function cutAt(image: Image, size: number): Image {
  const entries = image.entries.slice(0, size)
  const told = entries.filter(
    ({ tags }) => tags.type === 'ledger.key_added' || tags.type === 'ledger.key_retired',
  ).length
  const root = textAt(image, checkpointKey(size), 'note').split('\n')[2] ?? ''
  const kept = [...image.records].filter(([, { key }]) => {
    if (key[1] === 'checkpoint') return Number(key.at(-1)) <= size
    return key[1] !== 'keys' || key.join('/') <= manifestKey(told).join('/')
  })
  const head = { ...valueAt(image, HEAD_KEY), size, root }
  return withRecord(withTilesOf({ entries, records: new Map(kept) }), HEAD_KEY, head)
}

function merged(cut: Image, image: Image, area: string): Image['records'] {
  return new Map([...cut.records, ...[...image.records].filter(([, { key }]) => key[1] === area)])
}

function* withAndWithout(
  kind: 'an older copy' | 'everything after a checkpoint is cut off',
  { image, known, at }: { readonly image: Image; readonly known: string; readonly at: number },
): Generator<Case> {
  for (const quick of [false, true]) {
    yield { ...made(kind, [image, at]), known: [known], quick }
    yield { ...made(`${kind}, of which no kept checkpoint tells`, [image, undefined]), quick }
  }
}

function made(kind: Kind, [image, at]: readonly [Image, number | undefined]): Case {
  return { name: `${kind}: ${image.entries.length}`, expected: EXPECTED[kind], at, image: () => image }
}
