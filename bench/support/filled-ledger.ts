import { formatVerifierKey } from '@sallyport/tlog/note'

import { callTogether } from './callers.ts'
import { openLedger, ORIGIN } from './ledger.ts'
import { visitEvents } from './sample-events.ts'

const EVENTS_PER_VISIT = 4
const CALLERS = 64

/** Makes a signed ledger of at least so many entries on SQLite, and closes it. */
export async function fillLedger(folder: string, size: number): Promise<{ path: string; verifierKey: string }> {
  const { path, audit, keyring, close } = await openLedger(folder)
  await callTogether({
    callers: CALLERS,
    calls: Math.ceil(size / EVENTS_PER_VISIT),
    call: (at) => audit.commit({ writes: [], events: visitEvents(at) }),
  })
  await close()
  const [publicKey = new Uint8Array()] = await keyring.publicKeys()
  return { path, verifierKey: formatVerifierKey(ORIGIN, publicKey) }
}
