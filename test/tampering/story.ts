import { setTimeout } from 'node:timers/promises'
import { event, openAudit, type Audit, type EventInput, type FactorName, type PendingEvent } from '@sallyport/audit'
import { createKeyring, type Keyring } from '@sallyport/keyring'
import { createMemoryStore, type Store } from '@sallyport/store'

/** The name of the ledger that is tampered with. */
export const ORIGIN = 'bank.example/ledger'

// Entries of the whole story; all of them are signed.
const STORY_SIZE = 300

const ENDS = ['verified', 'failed', 'denied', 'expired', 'superseded', 'cancelled', 'locked'] as const
const FACTORS: readonly FactorName[] = ['totp', 'webauthn', 'otp_email', 'oidc']
const MAX_TOGETHER = 50
const FIRST_TIME = 1_800_000_000_000

/** What a story is written to. */
export interface StoryParts {
  readonly store: Store
  readonly checkpointFile: string | false
}

/** One of the processes that write a story. */
interface Process {
  readonly writer: string
  readonly keyring: Keyring
  readonly heartbeatMs?: number
  readonly acceptRollback?: string | undefined
}

/** A clock that goes on by three milliseconds whenever it is read, so that every run tells the same story. */
export function storyClock(): () => number {
  let now = FIRST_TIME
  return () => (now += 3)
}

/** Makes the key ring of a time: which of three sign keys it holds, the oldest first. */
export function keyringOf(...signKeys: readonly number[]): Keyring {
  const sign = signKeys.map((seed) => {
    return { id: `sign000${seed}`, purpose: 'sign', secret: Buffer.alloc(32, 100 + seed) } as const
  })
  return createKeyring({
    keys: [
      { id: 'seal0000', purpose: 'seal', secret: Buffer.alloc(32, 1) },
      { id: 'name0000', purpose: 'pseudonym', secret: Buffer.alloc(32, 2) },
      ...sign,
    ],
  })
}

/** Opens the ledger of the story; nothing happens in it but what is asked for. */
export async function openStory(
  { store, checkpointFile }: StoryParts,
  { writer, keyring, heartbeatMs = 60_000, acceptRollback }: Process,
): Promise<Audit> {
  const subjects = createMemoryStore({ clock: () => FIRST_TIME })
  const ledger = { store, subjects, keyring, origin: ORIGIN, app: 'bank', checkpointFile }
  return await openAudit({ ...ledger, writer, heartbeatMs, acceptRollback, pollMs: 1_000 })
}

/**
 * Writes a ledger of 300 entries: two writers in several boots, an added and a retired sign key, a refused commit, a
 * heartbeat that names a checkpoint, challenges with every end, sealed envelopes, commits of one entry and of many, and
 * checkpoints on both sides of the border of the first tile.
 *
 * @param onSigned called after every checkpoint that the story asks for
 */
export async function writeStory(
  parts: StoryParts,
  onSigned: () => Promise<void> = async () => undefined,
): Promise<void> {
  const { store } = parts
  const signed = async (audit: Audit): Promise<void> => {
    await audit.settle()
    await onSigned()
  }
  const one = await openStory(parts, { writer: 'web-1', keyring: keyringOf(1) })
  await signIns(one, 4)
  await signed(one)
  await refusedCommit(one)
  await challenges(one, 'first', 7)
  await signed(one)
  const two = await openStory(parts, { writer: 'web-2', keyring: keyringOf(1) })
  await Promise.all([visits(one, 24), visits(two, 24), challenges(two, 'other', 2)])
  await one.close()
  await onSigned()
  const added = await openStory(parts, { writer: 'web-1', keyring: keyringOf(1, 2) })
  await together(added, 40)
  await signed(added)
  await two.close()
  await added.close()
  await beat(parts)
  const last = await openStory(parts, { writer: 'web-1', keyring: keyringOf(2) })
  await challenges(last, 'last', 7)
  for (const size of [255, 256, 257, 280]) {
    await together(last, size - (await store.size()))
    await signed(last)
  }
  await together(last, STORY_SIZE - 1 - (await store.size()))
  await last.close()
}

// Says in an entry which checkpoint was signed.
async function beat(parts: StoryParts): Promise<void> {
  const audit = await openStory(parts, { writer: 'web-2', keyring: keyringOf(1, 2), heartbeatMs: 1_000 })
  while ((await audit.query({ type: 'ledger.checkpoint_signed' })).events.length === 0) await setTimeout(20)
  await audit.close()
}

async function signIns(audit: Audit, people: number): Promise<void> {
  for (let person = 0; person < people; person++) {
    const actor = { user: `user-${person}`, identity: { name: `Person ${person}`, email: `p${person}@bank.example` } }
    const common = { ...commonOf(person), actor, outcome: 'success' as const }
    await commit(audit, [event('session.started', { ...common, data: {} })])
  }
}

async function refusedCommit(audit: Audit): Promise<void> {
  const events = [event('access.denied', { reason: 'factor_too_old', data: { requirement: 'transfer' } })]
  const { ok } = await audit.commit({ writes: [{ op: 'check', key: ['absent'], expect: 'anything' }], events })
  if (ok) throw new Error('the story needs a commit that is refused')
}

async function challenges(audit: Audit, name: string, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    const factor = FACTORS[turn % FACTORS.length] ?? 'totp'
    const end = ENDS[turn % ENDS.length] ?? 'verified'
    const common = { ...commonOf(turn), flow: `flow-${turn}`, challenge: `challenge-${name}-${turn}` }
    await commit(audit, [event('challenge.issued', { ...common, data: { factor, expiresAt: FIRST_TIME } })])
    if (turn % 2 === 0) await commit(audit, [event('challenge.attempt_failed', { ...common, data: { factor } })])
    await commit(audit, [
      event(`challenge.${end}`, { ...common, outcome: 'success', authn: { factor }, data: { factor } }),
    ])
  }
}

async function visits(audit: Audit, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await commit(audit, [visit(turn)])
}

/** Records so many visits, up to fifty in one commit. */
export async function together(audit: Audit, count: number): Promise<void> {
  if (count < 1) throw new Error('the story has grown beyond its plan')
  const events = Array.from({ length: count }, (_, turn) => visit(turn))
  for (let from = 0; from < count; from += MAX_TOGETHER) await commit(audit, events.slice(from, from + MAX_TOGETHER))
}

function visit(turn: number): PendingEvent {
  const data = { requirement: 'transfer', digest: `digest-${turn}` }
  const authn = { factor: 'webauthn', strength: ['user_verified'], amr: ['hwk', 'user'] } as const
  return event('access.allowed', { ...commonOf(turn), tenant: 'bank', authn, outcome: 'success', data })
}

function commonOf(turn: number): Omit<EventInput<'access.denied'>, 'data'> {
  const person = turn % 5
  return {
    actor: { user: `user-${person}` },
    lineage: `lineage-${person}`,
    target: { route: '/transfers', method: 'POST' },
    context: {
      requestId: `request-${turn}`,
      net: { ip: `203.0.113.${person + 1}`, hops: 1 },
      device: { id: `device-${person}`, known: turn > 5, browser: 'Firefox', os: 'Linux', type: 'desktop' },
    },
  }
}

async function commit(audit: Audit, events: readonly PendingEvent[]): Promise<void> {
  const { ok } = await audit.commit({ writes: [], events })
  if (!ok) throw new Error('the store refused a commit of the story')
}
