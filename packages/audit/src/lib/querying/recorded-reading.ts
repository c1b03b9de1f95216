import { formatVerifierKey } from '@sallyport/tlog/note'

import type { LedgerLife } from '../ledger-life.ts'
import type { LedgerParts } from '../ledger-parts.ts'
import { event } from '../events/event.ts'
import { askedBy } from '../privacy/requester.ts'
import { verifyLedger } from '../verifying/verify.ts'
import { countEvents } from './count.ts'
import { queryLedger } from './query.ts'
import { makeReader } from './reader.ts'
import type { AuditReading } from './reading-contract.ts'
import { tellStory } from './story.ts'

/** Gives the ways of reading that are recorded. */
export function recordedReading(
  { options, subjects }: LedgerParts,
  life: LedgerLife,
): Pick<AuditReading, 'reader' | 'verify'> {
  const { store, keyring, origin } = options
  return {
    reader: (asking) =>
      makeReader(
        {
          subjects,
          commit: life.commit,
          query: async (query, page) => await queryLedger({ store, keyring }, query, page),
          count: async (query, by) => await countEvents({ store, keyring }, query, by),
          story: async (flow) => await tellStory({ store }, flow),
        },
        asking,
      ),
    verify: async ({ by = {}, quick } = {}) => {
      const asked = askedBy(by)
      const verifierKeys = (await keyring.publicKeys()).map((key) => formatVerifierKey(origin, key))
      const verification = await verifyLedger({ store, verifierKeys, quick })
      const { verdict, size, problemCount } = verification
      const outcome = verdict === 'good' ? 'success' : 'failure'
      const verified = event('audit.verified', { ...asked, outcome, data: { verdict, size, problems: problemCount } })
      await life.commit({ writes: [], events: [verified] })
      return verification
    },
  }
}
