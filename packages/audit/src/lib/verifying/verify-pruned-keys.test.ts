import { openKeyring, retireSignKeys, rotateKey, type Keyring } from '@sallyport/keyring'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LEDGER } from '../../../test/bench.ts'
import { DAY, withOldLedger, type OldLedger } from '../../../test/old-ledger.ts'
import { putRecord, sayPruned, signPruning, smuggle } from '../../../test/pruning-thief.ts'
import { CarryOver, fitCarry } from '../retention/carry.ts'
import { parseEntry } from '../events/parse-entry.ts'
import { NOTHING_CARRIED, PRUNED_KEY } from '../retention/pruned-note.ts'
import { readHead } from '../signing/tree-store.ts'
import { verifyLedger, type Verification } from './verify.ts'

describe('the statement of what was pruned', () => {
  test('holds when its key is retired later, for whoever has only the newest key', async () => {
    await withOldLedger(async (ledger) => {
      await ledger.fillAndPrune(700)
      await ledger.audit.settle()
      const renewed = await renew(ledger)
      expect(await judge(ledger, renewed)).toMatchObject({ verdict: 'good', problems: [], first: 512 })
    })
  })

  test('does not hold when whoever has a retired key makes it', async () => {
    await withOldLedger(async (ledger) => {
      const { store, fill, clock, keyring } = ledger
      await fill(600)
      const said = await sayPruned(store, { from: 0, to: 512 })
      const { head } = await readHead(store)
      const carrying = new CarryOver(NOTHING_CARRIED)
      for (const entry of await store.read(0, 512)) carrying.take(parseEntry(entry))
      clock.now += 31 * DAY
      const renewed = await renew(ledger)
      const { size, root } = head
      const carry = fitCarry(carrying.underWay ?? NOTHING_CARRIED)
      const pruning = { origin: LEDGER, to: 512, size, root, event: said.id, entryDays: 30, carry }
      await smuggle(store, said, { below: 512, expect: 0 })
      await putRecord(store, PRUNED_KEY, await signPruning(keyring, pruning))

      const found = await judge(ledger, renewed)
      expect([found.verdict, found.problems.map(({ kind }) => kind)]).toEqual(['incomplete', ['pruned_unproved']])
    })
  })
})

/** Opens the ledger with a second key, and then with that one alone. */
async function renew({ open, audit, folder }: OldLedger): Promise<Keyring> {
  const file = join(folder, 'keys.json')
  await audit.close()
  await rotateKey(file, 'sign')
  const both = await open({ keyring: await openKeyring(file), checkpointFile: false })
  await both.close()
  await retireSignKeys(file)
  const renewed = await openKeyring(file)
  const last = await open({ keyring: renewed, checkpointFile: false })
  await last.close()
  return renewed
}

async function judge({ store }: OldLedger, keyring: Keyring): Promise<Verification> {
  const [newest = new Uint8Array()] = await keyring.publicKeys()
  return await verifyLedger({ store, verifierKeys: [formatVerifierKey(LEDGER, newest)] })
}
