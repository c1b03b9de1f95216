import type { Json, Key } from '@sallyport/store'
import type { Case, Expected } from './cases.ts'
import { flipCharacter } from './change.ts'
import { checkpointKey, checkpointText, HEAD_KEY, manifestKey, newestKeyId, signedText, signText } from './forge.ts'
import { textAt, valueAt, withRecord, type Image } from './image.ts'
import { keyringOf } from './story.ts'
import type { World } from './world.ts'

const BROKEN = ['checkpoint_forged', 'checkpoint_unreadable', 'checkpoint_unsigned'] as const

/* What each kind of change of a checkpoint in the store must give. */
const EXPECTED = {
  'a bit of the signed text is flipped': { verdict: 'bad_signature', kind: BROKEN },
  'a bit of a signature is flipped': { verdict: 'bad_signature', kind: BROKEN },
  'a note is cut short': { verdict: 'bad_signature', kind: BROKEN },
  'a checkpoint is no note': { verdict: 'bad_signature', kind: 'checkpoint_unreadable' },
  'the newest checkpoint is removed': { verdict: 'incomplete', kind: 'checkpoint_missing' },
  // The head follows: then the tree tells of more than is signed.
  'the newest checkpoint is removed, the head set back': { verdict: 'incomplete', kind: 'tree_ahead' },
  // What it said is said by every later one, of the same entries and more: nothing of the log is less proved.
  'a checkpoint between others is removed, which hides no entry': { verdict: 'good' },
  'all checkpoints are removed': { verdict: 'incomplete', kind: 'checkpoint_missing' },
  'all checkpoints and the head are removed': { verdict: 'incomplete', kind: 'tree_ahead' },
  'a checkpoint is replaced by another': { verdict: 'bad_signature', kind: 'checkpoint_misplaced' },
  'a checkpoint is moved to another size': { verdict: 'bad_signature', kind: 'checkpoint_misplaced' },
  'a checkpoint is copied to another size': { verdict: 'bad_signature', kind: 'checkpoint_misplaced' },
  'a checkpoint is signed by a stranger': { verdict: 'bad_signature', kind: 'checkpoint_unsigned' },
  'a checkpoint is signed by a stranger under the key id of ours': {
    verdict: 'bad_signature',
    kind: 'checkpoint_forged',
  },
  'a checkpoint is signed by the key that was retired': { verdict: 'bad_signature', kind: 'checkpoint_key_retired' },
  'a checkpoint is signed by a key before it was added': { verdict: 'bad_signature', kind: 'checkpoint_key_retired' },
  'a checkpoint of ours names another ledger': { verdict: 'bad_signature', kind: 'checkpoint_misplaced' },
  'a checkpoint bears a broken signature beside the good one': { verdict: 'bad_signature', kind: 'checkpoint_forged' },
  // A signed note may bear lines of others, such as witnesses; they say nothing, and take nothing away.
  'a checkpoint bears the line of somebody else, too': { verdict: 'good' },
  // Whoever has the key may say what he likes: the entries contradict him.
  'a checkpoint of ours signs other entries': { verdict: 'diverged', kind: 'root_diverged' },
  'a checkpoint of ours signs entries that are not there': { verdict: 'incomplete', kind: 'entry_missing' },
} as const satisfies Record<string, Expected>

type Kind = keyof typeof EXPECTED

const RETIRED = keyringOf(1)
const ACTIVE = keyringOf(2)
const STRANGER = keyringOf(7)

/** Every single change of every checkpoint. */
export async function checkpointCases(world: World): Promise<readonly Case[]> {
  const cases = await Promise.all(
    world.signedSizes.map(async (size) => [
      ...flipCases(world, size),
      ...placeCases(world, size),
      ...(await signatureCases(world, size)),
    ]),
  )
  return [...cases.flat(), ...(await ownCases(world))]
}

function* flipCases({ image }: World, size: number): Generator<Case> {
  const note = noteAt(image, size)
  const border = signedText(note).length
  for (let at = 0; at < note.length; at++) {
    const kind = at < border ? 'a bit of the signed text is flipped' : 'a bit of a signature is flipped'
    const { name, ...flipped } = withNote(image, kind, [size, flipCharacter(note, at, (at + size) % 7)])
    yield { ...flipped, name: `${name}, character ${at}`, quick: (at + size) % 5 > 0 }
  }
  for (let length = 0; length < note.length; length += 13) {
    yield { ...withNote(image, 'a note is cut short', [size, note.slice(0, length)]), quick: true }
  }
  for (const value of [null, 7, note, [note], {}, { note: 7 }, { notes: note }]) {
    yield replaced(image, 'a checkpoint is no note', [checkpointKey(size), value, size])
  }
}

function* placeCases({ image, signedSizes }: World, size: number): Generator<Case> {
  const value = valueAt(image, checkpointKey(size))
  for (const other of signedSizes.filter((one) => one !== size)) {
    yield {
      ...replaced(image, 'a checkpoint is replaced by another', [checkpointKey(other), value, other]),
      quick: size > other,
    }
  }
  for (const empty of [size + 1, 299, 301, 100_000].filter((one) => !signedSizes.includes(one))) {
    yield replaced(image, 'a checkpoint is copied to another size', [checkpointKey(empty), value, empty])
    const without = withRecord(image, checkpointKey(size), undefined)
    yield replaced(without, 'a checkpoint is moved to another size', [checkpointKey(empty), value, empty])
  }
}

async function signatureCases({ image }: World, size: number): Promise<readonly Case[]> {
  const note = noteAt(image, size)
  const text = signedText(note)
  const ours = keyIdIn(note)
  const other = ours.equals(await newestKeyId(ACTIVE)) ? RETIRED : ACTIVE
  const stranger = await signText(text, STRANGER)
  const broken = note + lineOf(await signText(text, STRANGER, await newestKeyId(other)))
  const renamed = text.replace('bank.example', 'shop.example')
  const signer = other === RETIRED ? ACTIVE : RETIRED
  const cases = [
    withNote(image, 'a checkpoint is signed by a stranger', [size, stranger]),
    withNote(image, 'a checkpoint is signed by a stranger under the key id of ours', [
      size,
      await signText(text, STRANGER, ours),
    ]),
    withNote(image, 'a checkpoint bears a broken signature beside the good one', [size, broken]),
    withNote(image, 'a checkpoint bears the line of somebody else, too', [size, note + lineOf(stranger)]),
    withNote(image, 'a checkpoint of ours names another ledger', [size, await signText(renamed, signer)]),
  ]
  const { added, retired } = keyTimes(image)
  if (size > retired) {
    cases.push(
      withNote(image, 'a checkpoint is signed by the key that was retired', [size, await signText(text, RETIRED)]),
    )
  }
  if (size < added) {
    cases.push(
      withNote(image, 'a checkpoint is signed by a key before it was added', [size, await signText(text, ACTIVE)]),
    )
  }
  return cases
}

/** Every checkpoint removed, alone and together with what tells of it. */
export function* removalCases({ image, signedSizes }: World): Generator<Case> {
  const newest = image.entries.length
  for (const size of signedSizes.filter((one) => one < newest)) {
    yield replaced(image, 'a checkpoint between others is removed, which hides no entry', [
      checkpointKey(size),
      undefined,
    ])
  }
  yield replaced(image, 'the newest checkpoint is removed', [checkpointKey(newest), undefined, newest])
  const before = signedSizes.at(-2) ?? 0
  const root = noteAt(image, before).split('\n')[2] ?? ''
  const setBack = withRecord(image, HEAD_KEY, { ...valueAt(image, HEAD_KEY), size: before, root })
  const kind = 'the newest checkpoint is removed, the head set back'
  yield replaced(setBack, kind, [checkpointKey(newest), undefined, before])
  const without = (...areas: readonly (string | undefined)[]): Image => {
    return { ...image, records: new Map([...image.records].filter(([, { key }]) => !areas.includes(key[1]))) }
  }
  yield changed('all checkpoints are removed', () => without('checkpoint'))
  yield changed('all checkpoints and the head are removed', () => without('checkpoint', 'head'))
}

/** What somebody does who has the signing key. */
async function ownCases({ image, signedSizes }: World): Promise<readonly Case[]> {
  const { added, retired } = keyTimes(image)
  const cases: Case[] = []
  for (const size of signedSizes.filter((one) => one > 1)) {
    const text = checkpointText(image.entries.slice(0, size).toReversed())
    const note = await signText(text, size > retired || size > added ? ACTIVE : RETIRED)
    cases.push(withNote(image, 'a checkpoint of ours signs other entries', [size, note]))
  }
  const { length } = image.entries
  for (const more of [1, 100]) {
    const text = checkpointText([...image.entries, ...image.entries.slice(0, more)])
    const root = text.split('\n')[2] ?? ''
    const ahead = withRecord(image, HEAD_KEY, { ...valueAt(image, HEAD_KEY), size: length + more, root })
    const { image: made } = withNote(ahead, 'a checkpoint of ours signs other entries', [
      length + more,
      await signText(text, ACTIVE),
    ])
    cases.push({ ...changed('a checkpoint of ours signs entries that are not there', made), at: length })
  }
  return cases
}

type Replacement = readonly [key: Key, value: Json | undefined, at?: number | undefined]

function withNote(image: Image, kind: Kind, [size, note]: readonly [number, string]): Case {
  return replaced(image, kind, [checkpointKey(size), { note }, EXPECTED[kind].verdict === 'good' ? undefined : size])
}

function replaced(image: Image, kind: Kind, [key, value, at]: Replacement): Case {
  return { ...changed(kind, () => withRecord(image, key, value)), name: `${kind}: ${key.join('/')}`, at }
}

function changed(kind: Kind, image: () => Image): Case {
  return { name: `${kind}: `, expected: EXPECTED[kind], image }
}

function noteAt(image: Image, size: number): string {
  return textAt(image, checkpointKey(size), 'note')
}

function lineOf(note: string): string {
  return note.slice(note.lastIndexOf('\n\n') + 2)
}

function keyIdIn(note: string): Buffer {
  return Buffer.from(lineOf(note).split(' ')[2] ?? '', 'base64').subarray(0, 4)
}

/** The signed sizes at which the second key was added and the first one retired, as the newest manifest says. */
function keyTimes(image: Image): { readonly added: number; readonly retired: number } {
  const lines = textAt(image, manifestKey(3), 'note').split('\n')
  return { added: Number(lines[4]?.split(' ')[0]), retired: Number(lines[3]?.split(' ')[1]) }
}
