import { CLAIM_FAULTS, claimPairs } from './faults/claim-faults.ts'
import { DISCOVERY_FAULTS, discoveryPairs } from './faults/discovery-faults.ts'
import { KEY_FAULTS, keyPairs } from './faults/key-faults.ts'
import { RESPONSE_FAULTS, responsePairs } from './faults/response-faults.ts'
import { SIGNATURE_FAULTS, signaturePairs } from './faults/signature-faults.ts'
import { TOKEN_FAULTS, tokenPairs } from './faults/token-faults.ts'
import { USERINFO_FAULTS, userinfoPairs } from './faults/userinfo-faults.ts'
import type { FaultPair } from './faults/act.ts'

/** What a fault spoils. */
type Spoils = 'signature' | 'claims' | 'keys' | 'response' | 'token' | 'userinfo' | 'discovery' | 'connection'

/** What is known of a fault. */
interface FaultEntry {
  readonly spoils: Spoils
  /** What the provider does wrong, in a sentence. */
  readonly says: string
}

const CONNECTION_FAULTS = { down: 'Every connection breaks.' } as const

type Names<group> = keyof group & string

/** The name of a fault: one of the keys of `faults`. */
export type FaultName =
  | Names<typeof SIGNATURE_FAULTS>
  | Names<typeof CLAIM_FAULTS>
  | Names<typeof KEY_FAULTS>
  | Names<typeof RESPONSE_FAULTS>
  | Names<typeof TOKEN_FAULTS>
  | Names<typeof USERINFO_FAULTS>
  | Names<typeof DISCOVERY_FAULTS>
  | Names<typeof CONNECTION_FAULTS>

/** The ways in which the fake provider can misbehave, by name. */
export const faults: Readonly<Record<FaultName, FaultEntry>> = {
  ...entries('signature', SIGNATURE_FAULTS),
  ...entries('claims', CLAIM_FAULTS),
  ...entries('keys', KEY_FAULTS),
  ...entries('response', RESPONSE_FAULTS),
  ...entries('token', TOKEN_FAULTS),
  ...entries('userinfo', USERINFO_FAULTS),
  ...entries('discovery', DISCOVERY_FAULTS),
  ...entries('connection', CONNECTION_FAULTS),
}

/** What each fault and its twin do. */
export const faultPairs: Readonly<Record<FaultName, FaultPair>> = {
  ...signaturePairs,
  ...claimPairs,
  ...keyPairs,
  ...responsePairs,
  ...tokenPairs,
  ...userinfoPairs,
  ...discoveryPairs,
  down: { fault: { hangUp: true }, twin: {} },
}

function entries<name extends string>(spoils: Spoils, group: Readonly<Record<name, string>>): Record<name, FaultEntry>
function entries(spoils: Spoils, group: Readonly<Record<string, string>>): Record<string, FaultEntry> {
  return Object.fromEntries(Object.entries(group).map(([name, says]) => [name, { spoils, says }]))
}
