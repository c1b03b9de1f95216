import type { Json } from '@sallyport/store'
import type { Case, Expected } from './cases.ts'
import { flipCharacter } from './change.ts'
import { manifestKey, newestKeyId, signedText, signText, verifierKeysOf } from './forge.ts'
import { textAt, valueAt, withRecord, type Image } from './image.ts'
import { keyringOf } from './story.ts'
import type { World } from './world.ts'

const BROKEN = ['keys_forged', 'keys_unsigned', 'keys_unreadable', 'keys_differ'] as const

/* What each kind of change of the key manifests must give. */
const EXPECTED = {
  'a bit of a manifest is flipped': { verdict: 'bad_signature', kind: BROKEN },
  'a manifest is cut short': { verdict: 'bad_signature', kind: BROKEN },
  'a manifest is no note': { verdict: 'bad_signature', kind: 'keys_unreadable' },
  'a manifest is removed': { verdict: 'incomplete', kind: 'keys_missing' },
  // The keys that it named are given from elsewhere, and its entries, which tell of it, are not read.
  'the last manifests are removed, and nobody reads the entries': { verdict: 'good' },
  'a manifest is removed that names the key of checkpoints': { verdict: 'bad_signature', kind: 'checkpoint_unsigned' },
  'two manifests are swapped': { verdict: 'bad_signature', kind: 'keys_differ' },
  // A newer one in the place of an older one bears only signatures that nobody could trust yet.
  'a manifest stands in the place of another': { verdict: 'bad_signature', kind: ['keys_differ', 'keys_unsigned'] },
  'there is a manifest that no number leads to': { verdict: 'incomplete', kind: 'keys_missing' },
  'a manifest is signed by a stranger': { verdict: 'bad_signature', kind: 'keys_unsigned' },
  'a manifest is signed by a stranger under the key id of ours': { verdict: 'bad_signature', kind: 'keys_forged' },
  'a manifest bears the line of somebody else, too': { verdict: 'bad_signature', kind: 'keys_unsigned' },
  'a stranger adds his key': { verdict: 'bad_signature', kind: 'keys_unsigned' },
  'the retired key adds a key': { verdict: 'bad_signature', kind: 'keys_unsigned' },
  'a key is added that did not sign for itself': { verdict: 'bad_signature', kind: 'keys_unsigned' },
  'our key says otherwise when a key was added': { verdict: 'bad_signature', kind: 'keys_differ' },
  'our key leaves out a key that signed': { verdict: 'bad_signature', kind: 'keys_differ' },
  'our key brings the retired key back': { verdict: 'bad_signature', kind: 'keys_differ' },
} as const satisfies Record<string, Expected>

type Kind = keyof typeof EXPECTED

const NUMBERS = [1, 2, 3]
const [RETIRED, ACTIVE, STRANGER] = [keyringOf(1), keyringOf(2), keyringOf(7)]

/** Every single change of the key manifests, under all keys and under one. */
export async function manifestCases(world: World): Promise<readonly Case[]> {
  const [retired = '', active = ''] = world.verifierKeys
  return [
    ...NUMBERS.flatMap((number) => [...flipCases(world.image, number)]),
    ...removalCases(world.image, { retired, active }),
    ...orderCases(world.image),
    ...(await forgedCases(world.image)),
    ...(await addedCases(world.image)),
  ]
}

function* flipCases(image: Image, number: number): Generator<Case> {
  const note = noteAt(image, number)
  for (let at = 0; at < note.length; at++) {
    const { name, ...flipped } = withNote(image, 'a bit of a manifest is flipped', [
      number,
      flipCharacter(note, at, at % 7),
    ])
    yield { ...flipped, name: `${name}, character ${at}`, quick: at % 2 === 0 }
  }
  for (let length = 0; length < note.length; length += 17) {
    yield withNote(image, length === 0 ? 'a manifest is no note' : 'a manifest is cut short', [
      number,
      note.slice(0, length),
    ])
  }
  for (const value of [null, 7, note, [note], {}, { note: 7 }])
    yield withValue(image, 'a manifest is no note', [number, value])
}

function* removalCases(
  image: Image,
  { retired, active }: { readonly retired: string; readonly active: string },
): Generator<Case> {
  for (const number of NUMBERS) {
    const removed = withValue(image, 'a manifest is removed', [number, undefined])
    yield removed
    if (number < 3) yield { ...removed, quick: true }
  }
  const without = (...numbers: readonly number[]): Image =>
    numbers.reduce((rest, number) => withRecord(rest, manifestKey(number), undefined), image)
  for (const numbers of [[3], NUMBERS]) {
    const kind = 'the last manifests are removed, and nobody reads the entries'
    yield { ...changed(kind, () => without(...numbers)), quick: true }
  }
  yield { ...changed('a manifest is removed', () => without(...NUMBERS)), at: 1 }
  const needed = 'a manifest is removed that names the key of checkpoints'
  for (const numbers of [[2], [2, 3], NUMBERS])
    yield { ...changed(needed, () => without(...numbers)), verifierKeys: [retired] }
  yield { ...changed(needed, () => without(...NUMBERS)), verifierKeys: [active], quick: true }
}

function* orderCases(image: Image): Generator<Case> {
  for (const one of NUMBERS) {
    for (const other of NUMBERS.filter((number) => number !== one)) {
      const [a, b] = [valueAt(image, manifestKey(one)), valueAt(image, manifestKey(other))]
      yield withValue(image, 'a manifest stands in the place of another', [one, b])
      if (one < other) {
        const half = withRecord(image, manifestKey(one), b)
        yield { ...withValue(half, 'two manifests are swapped', [other, a]), at: undefined }
      }
    }
  }
  const value = valueAt(image, manifestKey(3))
  for (const key of ['0005', '9999', '4', 'x', '0004x']) {
    const stray = (): Image => withRecord(image, ['ledger', 'keys', key], value)
    yield changed('there is a manifest that no number leads to', stray)
  }
  yield withValue(image, 'a manifest stands in the place of another', [4, value])
}

async function forgedCases(image: Image): Promise<readonly Case[]> {
  const cases: Case[] = []
  for (const number of NUMBERS) {
    const note = noteAt(image, number)
    const text = signedText(note)
    const claimed = await newestKeyId(number === 3 ? ACTIVE : RETIRED)
    const stranger = await signText(text, STRANGER)
    cases.push(
      withNote(image, 'a manifest is signed by a stranger', [number, stranger]),
      withNote(image, 'a manifest is signed by a stranger under the key id of ours', [
        number,
        await signText(text, STRANGER, claimed),
      ]),
      withNote(image, 'a manifest bears the line of somebody else, too', [number, note + lineOf(stranger)]),
    )
  }
  return cases
}

/** A fourth manifest, made by whoever has no right to it, or says with our key what contradicts the third. */
async function addedCases(image: Image): Promise<readonly Case[]> {
  const [strangerKey = ''] = await verifierKeysOf(STRANGER)
  const third = signedText(noteAt(image, 3)).split('\n')
  const [header = '', origin = '', , retiredLine = '', activeLine = ''] = third
  const fourth = (...lines: readonly string[]): string => [header, origin, '4', ...lines, ''].join('\n')
  const withStranger = fourth(retiredLine, activeLine, `300 - ${strangerKey}`)
  const own = await signText(withStranger, STRANGER)
  const back = `0 - ${retiredLine.split(' ')[2]}`
  const sooner = activeLine.replace(/^\d+/, '0')
  const both = async (text: string): Promise<string> =>
    (await signText(text, ACTIVE)) + lineOf(await signText(text, RETIRED))
  const notes: readonly (readonly [Kind, string])[] = [
    ['a stranger adds his key', own],
    ['the retired key adds a key', (await signText(withStranger, RETIRED)) + lineOf(own)],
    ['a key is added that did not sign for itself', await signText(withStranger, ACTIVE)],
    ['our key says otherwise when a key was added', await signText(fourth(retiredLine, sooner), ACTIVE)],
    ['our key leaves out a key that signed', await signText(fourth(activeLine), ACTIVE)],
    ['our key brings the retired key back', await signText(fourth(back, activeLine), ACTIVE)],
    ['our key brings the retired key back', await both(fourth(back, activeLine))],
  ]
  return notes.map(([kind, note]) => withNote(image, kind, [4, note]))
}

function withNote(image: Image, kind: Kind, [number, note]: readonly [number, string]): Case {
  return withValue(image, kind, [number, { note }])
}

function withValue(image: Image, kind: Kind, [number, value]: readonly [number, Json | undefined]): Case {
  return {
    ...changed(kind, () => withRecord(image, manifestKey(number), value)),
    name: `${kind}: ${number}`,
    at: number,
  }
}

function changed(kind: Kind, image: () => Image): Case {
  return { name: `${kind}: `, expected: EXPECTED[kind], image }
}

function noteAt(image: Image, number: number): string {
  return textAt(image, manifestKey(number), 'note')
}

function lineOf(note: string): string {
  return note.slice(note.lastIndexOf('\n\n') + 2)
}
