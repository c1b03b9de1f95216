import { leafHash, nodeHash } from '@sallyport/tlog'
import {
  ed25519Signer,
  formatCheckpoint,
  formatVerifierKey,
  signNote,
  type Checkpoint,
  type NoteSigner,
} from '@sallyport/tlog/note'
import { ed25519Cosigner, formatCosignerKey, parsePolicy } from '@sallyport/tlog/witness'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { witnessKey } from '../../../test/fake-witness.ts'
import { trustKeys } from '../signing/trusted-keys.ts'
import { judgeWitnesses, type StoredCheckpoint, type WitnessEvidence } from './witness-verdict.ts'

const ORIGIN = 'audit.example.com/test'
const log = logSigner(1)
const logKey = formatVerifierKey(ORIGIN, witnessKey(1).publicKey)
const open = trustKeys([logKey], []).open
const names = ['W1', 'W2', 'W3'] as const
const lines = names.map(
  (name, at) => `witness ${name} ${formatCosignerKey(`${name}.example`, witnessKey(at + 10).publicKey)}`,
)
const twoOfThree = parsePolicy([...lines, 'group two 2 W1 W2 W3', 'quorum two', ''].join('\n'))

describe('WITNESSED', () => {
  test('is the largest checkpoint that the quorum has cosigned, and the time at which it had', async () => {
    const checkpoints = [
      await stored(3, [at(0, 100), at(1, 300), at(2, 200)]),
      await stored(7, [at(0, 400), at(2, 500)]),
      await stored(9, [at(1, 600)]),
      await stored(11, []),
    ]

    expect(judge({ checkpoints })).toEqual({ word: 'WITNESSED', size: 7, time: 500, by: ['W1', 'W3'], ignored: 0 })
    expect(judge({ checkpoints: checkpoints.slice(0, 1) })).toMatchObject({ size: 3, time: 200, by: [...names] })
  })

  test('is found in any order of the checkpoints', async () => {
    const checkpoints = await Promise.all(
      [2, 3, 5, 8].map(async (size) => await stored(size, [at(0, size), at(1, size)])),
    )
    fc.assert(
      fc.property(fc.shuffledSubarray(checkpoints, { minLength: 4, maxLength: 4 }), (shuffled) => {
        expect(judge({ checkpoints: shuffled })).toMatchObject({ word: 'WITNESSED', size: 8 })
      }),
    )
  })

  test('is also what witnesses hold, where it is of this line', async () => {
    const held = [await noteOf(7, [at(0, 100), at(1, 200)])]

    expect(judge({ checkpoints: [await stored(7, []), await stored(9, [])], held })).toMatchObject({
      word: 'WITNESSED',
      size: 7,
      by: ['W1', 'W2'],
    })
  })

  test('asks for one of the policy’s logs where it names some', async () => {
    const other = formatVerifierKey(ORIGIN, witnessKey(2).publicKey)
    const checkpoints = [await stored(3, [at(0, 1), at(1, 1)])]
    const policy = (key: string): WitnessEvidence['policy'] =>
      parsePolicy([`log ${key}`, ...lines, 'group two 2 W1 W2 W3', 'quorum two', ''].join('\n'))

    expect(judge({ checkpoints, policy: policy(logKey) })).toMatchObject({ word: 'WITNESSED' })
    expect(judge({ checkpoints, policy: policy(other) })).toMatchObject({ word: 'SELF-ASSERTED' })
  })
})

describe('SELF-ASSERTED', () => {
  test('is a ledger without a quorum: none, too few, strangers, or one witness twice', async () => {
    const few = [await stored(3, [at(0, 1)]), await stored(5, [at(1, 1)])]
    const strangers = [await stored(3, [at(0, 1), { name: 'W9.example', seed: 99, time: 1 }])]
    const twice = [await stored(3, [at(0, 1), at(0, 2)])]

    for (const checkpoints of [[], [await stored(3, [])], few, strangers, twice]) {
      expect(judge({ checkpoints })).toEqual({ word: 'SELF-ASSERTED', by: [], ignored: 0 })
    }
  })

  test('is what a policy says that asks for no witness', async () => {
    const checkpoints = [await stored(3, [at(0, 1), at(1, 1)])]

    expect(judge({ checkpoints, policy: parsePolicy(`${lines[0]}\nquorum none\n`) }).word).toBe('SELF-ASSERTED')
  })

  test('is what a bad cosignature of one of its witnesses leaves, good ones beside it or not', async () => {
    const good = await stored(3, [at(0, 1), at(1, 1)])
    const elsewhere = await stored(5, [at(2, 1)])
    const checkpoints = [{ note: good.note, signatures: good.signatures + elsewhere.signatures }]

    expect(judge({ checkpoints }).word).toBe('SELF-ASSERTED')
  })

  test('is what records without a meaning leave', async () => {
    const { note } = await stored(3, [])

    for (const signatures of ['garbage', '\n', '— W1.example AAAAAAECAwQ=\n']) {
      expect(
        judge({
          checkpoints: [
            { note, signatures },
            { note: '', signatures },
          ],
        }).word,
      ).toBe('SELF-ASSERTED')
    }
  })
})

describe('DIVERGED', () => {
  test('is a cosigned checkpoint of another root', async () => {
    const checkpoints = [await stored(3, [at(0, 1), at(1, 1)]), await stored(9, [])]
    const held = [await noteOf(9, [at(0, 300), at(2, 200)], 'another history')]

    expect(judge({ checkpoints, held })).toEqual({ word: 'DIVERGED', size: 9, time: 200, by: ['W1', 'W3'], ignored: 0 })
  })

  test('is a cosigned checkpoint beyond everything that is there: the ledger was put back', async () => {
    const checkpoints = [await stored(3, [at(0, 1), at(1, 1)])]

    expect(judge({ checkpoints, held: [await noteOf(4, [at(0, 5)])] })).toMatchObject({ word: 'DIVERGED', size: 4 })
    expect(judge({ checkpoints: [], held: [await noteOf(1, [at(0, 5)])] })).toMatchObject({ word: 'DIVERGED' })
  })

  test('is found between the ledger’s checkpoints, where its root is known', async () => {
    const checkpoints = [await stored(3, []), await stored(9, [])]
    const held = [await noteOf(5, [at(0, 1)], 'another history')]

    expect(judge({ checkpoints, held, rootAt: rootOf })).toMatchObject({ word: 'DIVERGED', size: 5 })
    expect(judge({ checkpoints, held })).toEqual({ word: 'SELF-ASSERTED', by: [], ignored: 1 })
    expect(judge({ checkpoints, held: [await noteOf(5, [at(0, 1)])], rootAt: rootOf })).toMatchObject({
      word: 'SELF-ASSERTED',
      ignored: 0,
    })
  })

  test('outweighs a quorum', async () => {
    const checkpoints = [await stored(9, [at(0, 1), at(1, 1), at(2, 1)])]

    expect(judge({ checkpoints, held: [await noteOf(9, [at(2, 1)], 'another history')] }).word).toBe('DIVERGED')
  })

  test('cannot be claimed without the ledger’s key and a witness of the policy', async () => {
    const checkpoints = [await stored(9, [])]
    const uncosigned = await noteOf(20, [])
    const stranger = await noteOf(20, [{ name: 'W9.example', seed: 99, time: 1 }])
    const forged = await noteOf(20, [at(0, 1)], 'another history', logSigner(2))
    const held = [uncosigned, stranger, forged, 'garbage', '']

    expect(judge({ checkpoints, held })).toEqual({ word: 'SELF-ASSERTED', by: [], ignored: 5 })
  })
})

interface Cosignature {
  readonly name: string
  readonly seed: number
  readonly time: number
}

function at(index: 0 | 1 | 2, time: number): Cosignature {
  return { name: `${names[index]}.example`, seed: index + 10, time }
}

function judge(evidence: Partial<WitnessEvidence>): ReturnType<typeof judgeWitnesses> {
  return judgeWitnesses({ policy: twoOfThree, open, checkpoints: [], ...evidence })
}

function logSigner(seed: number): NoteSigner {
  const key = witnessKey(seed)
  return ed25519Signer(ORIGIN, key.publicKey, key.sign)
}

// Stands in for a tree: what matters here is only which root belongs to which size and history.
function rootOf(size: number, history = 'this history'): Uint8Array {
  return nodeHash(leafHash(Buffer.from(history)), leafHash(Buffer.from(String(size))))
}

async function stored(size: number, by: readonly Cosignature[]): Promise<StoredCheckpoint> {
  const checkpoint = { origin: ORIGIN, size, root: rootOf(size) }
  const note = await signNote(formatCheckpoint(checkpoint), [log])
  return { note, signatures: (await cosigned(checkpoint, [log], by)).slice(note.length) }
}

async function noteOf(
  size: number,
  by: readonly Cosignature[],
  ...[history, signer = log]: readonly [history?: string, signer?: NoteSigner]
): Promise<string> {
  return await cosigned({ origin: ORIGIN, size, root: rootOf(size, history) }, [signer], by)
}

async function cosigned(
  checkpoint: Checkpoint,
  signers: readonly NoteSigner[],
  by: readonly Cosignature[],
): Promise<string> {
  const cosigners = by.map(({ name, seed, time }) =>
    ed25519Cosigner({ name, ...witnessKey(seed), clock: { now: () => time * 1000 } }),
  )
  return await signNote(formatCheckpoint(checkpoint), [...signers, ...cosigners])
}
