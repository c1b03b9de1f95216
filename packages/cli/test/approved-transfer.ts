import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { event, openAudit } from '@sallyport/audit'
import type { Audit, EventInput, PendingEvent } from '@sallyport/audit'
import { createKeyFile, openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { actionDigest } from '@sallyport/step-up'
import type { EnrolledFactor, FactorOutcome } from '@sallyport/step-up/factor'
import { createSoftwareAuthenticator } from '@sallyport/testing'
import type { SoftwareAuthenticator, SoftwareAuthenticatorOptions } from '@sallyport/testing'
import { webauthn } from '@sallyport/webauthn'

/** What Ann approved, as it stands in the file `action.json`. */
export const TRANSFER = {
  user: 'ann',
  method: 'POST',
  path: '/transfer',
  query: {},
  body: { to: 'Bob', amount: 5 },
  name: 'transfer',
  show: [
    ['To', 'Bob'],
    ['Amount', '5'],
  ] as const,
} as const

/** Where and to whom it was approved. */
export const PARTY = ['--rp-id', 'bank.example', '--origin', 'https://bank.example'] as const

/** The arguments of an honest question but for the event. */
export function questionIn(folder: string): readonly string[] {
  const [ledger, subjects] = ['bank.db', 'subjects.db'].map((name) => `sqlite:${join(folder, name)}`)
  return [ledger ?? '', '--subjects', subjects ?? '', '--keys', join(folder, 'keys.json'), ...PARTY]
}

/** The events of an approval that matter, to be changed by a test; one that is `undefined` was never recorded. */
export interface ApprovalEvents {
  readonly enrolled: EventInput<'authenticator.enrolled'> | undefined
  readonly required: EventInput<'step_up.required'> | undefined
  readonly verified: EventInput<'challenge.verified'>
  readonly satisfied: EventInput<'step_up.satisfied'> | undefined
}

/** What a test makes otherwise. */
export interface ApprovalOptions {
  readonly authenticator?: SoftwareAuthenticatorOptions
  /** What is signed instead of the digest of the action. */
  readonly signed?: (digest: string) => string
  readonly change?: (events: ApprovalEvents) => ApprovalEvents
}

/**
 * Makes the keys and the ledger of an installation where Ann enrolled a passkey and approved one transfer with it, and the
 * file `action.json`.
 *
 * @returns The id of the `challenge.verified` event.
 */
export async function makeApproval(folder: string, options: ApprovalOptions = {}): Promise<string> {
  await createKeyFile(join(folder, 'keys.json'))
  await writeFile(join(folder, 'action.json'), JSON.stringify(TRANSFER))
  const keyring = await openKeyring(join(folder, 'keys.json'))
  const [digest = ''] = await actionDigest(keyring, TRANSFER)
  const honest = await approve(digest, options)
  const [store, subjects] = await Promise.all(
    ['bank.db', 'subjects.db'].map((name) => openSqlite({ path: join(folder, name) })),
  )
  if (store === undefined || subjects === undefined) throw new Error('makeApproval: no stores')
  const audit = await openAudit({ store, subjects, keyring, origin: 'bank.example/audit', app: 'bank' })
  const id = await record(audit, options.change?.(honest) ?? honest)
  await audit.close()
  await Promise.all([store.close(), subjects.close()])
  return id
}

/** Lets a passkey approve, and tells it as the step-up does. */
async function approve(digest: string, { authenticator = {}, signed }: ApprovalOptions): Promise<ApprovalEvents> {
  const device = createSoftwareAuthenticator(authenticator)
  const factor = webauthn({ rpId: 'bank.example' })
  const passkey = await enrol(factor, device)
  const outcome = await answer(factor, device, { state: passkey.next, action: signed?.(digest) ?? digest })
  if (!outcome.ok) throw new Error(`approve: ${outcome.reason}`)
  const about = { actor: { user: 'ann' }, lineage: 'lineage-1', outcome: 'success' } as const
  const authn = { factor: 'webauthn', authenticator: 'a1' } as const
  const need = { requirement: 'transfer', action: 'transfer', digest }
  const stepUp = { ...about, flow: 'step-up-1', stepUp: 'step-up-1' }
  const { proof: sealed, key } = outcome
  return {
    enrolled: { ...about, authn, data: { factor: 'webauthn', first: true, ...passkey.about } },
    required: { ...stepUp, outcome: undefined, reason: 'factor_missing', data: need },
    verified: {
      ...stepUp,
      authn,
      challenge: 'challenge-1',
      sealed,
      data: { factor: 'webauthn', ...(key === undefined ? {} : { key }) },
    },
    satisfied: { ...stepUp, authn, data: need },
  }
}

async function enrol(
  factor: EnrolledFactor,
  device: SoftwareAuthenticator,
): Promise<Extract<Awaited<ReturnType<EnrolledFactor['enrolment']['finish']>>, { ok: true }>> {
  const start = { issuer: 'Bank', account: 'ann@bank.example', existing: [], now: 0, randomBytes }
  const pending = await factor.enrolment.start(start)
  const credential = device.create(optionsOf(await factor.enrolment.view(pending, start)), 'https://bank.example')
  const outcome = await factor.enrolment.finish({ pending, input: { credential: JSON.stringify(credential) }, now: 0 })
  if (!outcome.ok) throw new Error(`enrol: ${outcome.reason}`)
  return outcome
}

async function answer(
  factor: EnrolledFactor,
  device: SoftwareAuthenticator,
  {
    state: passkey,
    action,
  }: { readonly state: Parameters<EnrolledFactor['verify']>[0]['state']; readonly action: string },
): Promise<FactorOutcome> {
  const authenticators = [{ id: 'a1', state: passkey }]
  const asked = { stepUp: 'S1', user: 'ann', demanded: [], acr: [], maxAgeMs: 300_000, action }
  const state = await factor.start({ ...asked, authenticators, now: 0, randomBytes })
  const credential = device.get(optionsOf(await factor.view(state, authenticators)), 'https://bank.example')
  const input = { credential: JSON.stringify(credential) }
  return await factor.verify({ id: 'a1', state: passkey }, { state, input, now: 0, randomBytes })
}

async function record(audit: Audit, events: ApprovalEvents): Promise<string> {
  const { enrolled, required, verified, satisfied } = events
  const issued = { ...verified, sealed: undefined, data: { factor: 'webauthn', expiresAt: 1 } } as const
  const story: readonly (PendingEvent | undefined)[] = [
    enrolled && event('authenticator.enrolled', enrolled),
    required && event('step_up.required', required),
    event('challenge.issued', issued),
    event('challenge.verified', verified),
    satisfied && event('step_up.satisfied', satisfied),
  ]
  await audit.commit({ writes: [], events: story.filter((one) => one !== undefined) })
  const [found] = (await audit.query({ type: 'challenge.verified' })).events
  return found?.id ?? ''
}

function optionsOf(view: Awaited<ReturnType<EnrolledFactor['view']>>): unknown {
  return view.find((block) => block.kind === 'passkey')?.options
}
