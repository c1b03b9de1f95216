import { mergeSignatures } from '@sallyport/tlog/witness'
import { describe, expect, test } from 'vitest'
import { fakeWitness, type FakeWitness } from '../../../test/fake-witness.ts'
import { appendUpTo, ledgerOf, ORIGIN, type TestLedger } from '../../../test/ledger.ts'
import { checkpointKey, parseNote } from '../signing/tree-store.ts'
import { verifyLedger, type Verification } from '../verifying/verify.ts'
import { cosignaturesKey } from './witness-record.ts'
import { makeWitnessRequest } from './witness-request.ts'

describe('verifyLedger with a policy', () => {
  test('says of a ledger that its witness has cosigned which size, and of one that it has not that it stands alone', async () => {
    const { ledger, witness } = await witnessed(9)
    await appendUpTo(ledger.store, 12)
    await ledger.signer.signUpTo()

    expect(await verify(ledger, witness)).toMatchObject({ verdict: 'good', witnesses: { word: 'WITNESSED', size: 9 } })
    expect(await verify(await ledgerOf(9), witness)).toMatchObject({ witnesses: { word: 'SELF-ASSERTED' } })
    expect(await verifyLedger({ store: ledger.store, verifierKeys: ledger.verifierKeys })).not.toHaveProperty(
      'witnesses',
    )
  })

  test('takes what the witness holds for of this line, also where no checkpoint of that size is stored', async () => {
    const { ledger, witness } = await witnessed(9)
    const held = (await witness.latest(ORIGIN)) ?? ''
    const same = await ledgerOf(300)

    expect(await verify(same, witness, [held])).toMatchObject({
      verdict: 'good',
      witnesses: { word: 'WITNESSED', size: 9 },
    })
    expect(await verify(ledger, witness, [held])).toMatchObject({ witnesses: { ignored: 0 } })
  })

  test('says that a ledger has diverged which is shorter or another than what its witness holds', async () => {
    const { witness } = await witnessed(9)
    const held = (await witness.latest(ORIGIN)) ?? ''
    const shorter = await ledgerOf(5)

    expect(await verify(shorter, witness, [held])).toMatchObject({
      verdict: 'incomplete',
      witnesses: { word: 'DIVERGED', size: 9 },
    })
  })

  test('finds no word in signatures that are kept in the name of the ledger or of nobody', async () => {
    const { ledger, witness } = await witnessed(9)
    const key = cosignaturesKey(9)
    const [found] = await ledger.store.get([key])
    const spoilt = `— ${ORIGIN} ${Buffer.alloc(68).toString('base64')}\n`
    const value = { signatures: `${spoilt}${String(Reflect.get(Object(found?.value), 'signatures'))}` }
    const write = { op: 'put', key, value, expect: found?.version ?? null } as const
    await ledger.store.commit({ id: 'spoil', writes: [write], entries: [] })

    expect(await verify(ledger, witness)).toMatchObject({ verdict: 'good', witnesses: { word: 'WITNESSED', size: 9 } })
  })

  test('refuses a policy that is none', async () => {
    await expect(
      verifyLedger({ store: (await ledgerOf(1)).store, verifierKeys: [], policy: 'quorum nobody\n' }),
    ).rejects.toMatchObject({
      code: 'ERR_AUDIT_INPUT',
    })
  })
})

/** Makes a ledger whose newest checkpoint a witness has cosigned. */
async function witnessed(size: number): Promise<{ readonly ledger: TestLedger; readonly witness: FakeWitness }> {
  const ledger = await ledgerOf(size)
  const witness = fakeWitness('w1', ledger.verifierKeys)
  const request = await makeWitnessRequest(ledger.store, 0)
  const answer = request && (await witness.addCheckpoint(request.body))
  if (answer?.ok !== true) throw new Error('witnessed: the witness refused')
  const [record] = await ledger.store.get([checkpointKey(size)])
  const note = parseNote(record?.value ?? null) ?? ''
  const signatures = mergeSignatures(note, answer.signatures).slice(note.length)
  const write = { op: 'put', key: cosignaturesKey(size), value: { signatures }, expect: null } as const
  await ledger.store.commit({ id: 'cosign', writes: [write], entries: [] })
  return { ledger, witness }
}

async function verify(
  { store, verifierKeys }: TestLedger,
  { verifierKey }: FakeWitness,
  knownCheckpoints: readonly string[] = [],
): Promise<Verification> {
  return await verifyLedger({ store, verifierKeys, knownCheckpoints, policy: `witness W ${verifierKey}\nquorum W\n` })
}
