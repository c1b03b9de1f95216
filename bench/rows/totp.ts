import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { createKeyFile, openKeyring, type Keyring } from '@sallyport/keyring'
import type { AuthenticatorState, EnrolledFactor } from '@sallyport/step-up/factor'
import { totp } from '@sallyport/totp'
import { generateSync, verifySync } from 'otplib'

import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, perSecond } from '../support/rounds.ts'
import { withFolder } from '../support/temporary-folder.ts'

const STEP_MS = 30_000
const CALLS_SHARE = 0.05

interface Enrolled {
  /** Base32, as an application that uses otplib directly keeps it. */
  readonly secret: string
  readonly code: string
  readonly now: number
  readonly context: string
  /** The authenticator's state as step-up stores it. */
  readonly sealed: string
}

/** Verifying a one-time code from the stored state on, without the commit, against the bare call of the library. */
export async function measureTotp({ rounds, calls }: Plan): Promise<readonly Measured[]> {
  return await withFolder(async (folder) => {
    await createKeyFile(join(folder, 'keys.json'))
    const keyring = await openKeyring(join(folder, 'keys.json'))
    const factor = totp()
    const few = await enrolMany(100, { factor, keyring })
    const many = await enrolMany(1_000, { factor, keyring })
    const count = Math.ceil(calls * CALLS_SHARE)
    const figures = await measureInterleaved(
      {
        few: () => verifyStored({ factor, keyring }, few, count),
        many: () => verifyStored({ factor, keyring }, many, count),
        bare: () => verifyBare(many, count),
      },
      rounds,
    )
    return [
      {
        name: 'TOTP verification without the commit',
        unit: 'codes/s',
        ours: figures('many'),
        peers: { 'otplib verifySync': figures('bare') },
        target: 0.5,
        note: `State unsealed, parsed and judged; 1,000 people in turn. With 100 people ${Math.round(figures('few'))} codes/s.`,
      },
    ]
  })
}

interface Parts {
  readonly factor: EnrolledFactor
  readonly keyring: Keyring
}

async function enrolMany(count: number, parts: Parts): Promise<readonly Enrolled[]> {
  return await Promise.all(Array.from({ length: count }, (_, at) => enrol(`person-${at}`, parts)))
}

async function enrol(person: string, { factor, keyring }: Parts): Promise<Enrolled> {
  const at = Math.floor(Date.now() / STEP_MS) * STEP_MS
  const now = at + 2 * STEP_MS
  const pending = await factor.enrolment.start({ issuer: 'Bench', account: person, existing: [], now: at, randomBytes })
  const { secret = '' }: { readonly secret?: string } = JSON.parse(JSON.stringify(pending))
  const code = (moment: number): string => generateSync({ secret, epoch: Math.floor(moment / 1_000) })
  const finished = await factor.enrolment.finish({ pending, input: { code: code(at) }, now: at })
  if (!finished.ok) throw new Error('enrol: the first code was refused')
  const context = `bench.authenticator ${person}`
  const sealed = await keyring.seal(context, Buffer.from(JSON.stringify(finished.next)))
  return { secret, code: code(now), now, context, sealed }
}

/** As step-up does it for an answer: opens the sealed state, then asks the factor. */
async function verifyStored({ factor, keyring }: Parts, people: readonly Enrolled[], count: number): Promise<number> {
  const startedAt = performance.now()
  for (let at = 0; at < count; at++) {
    const { context, sealed, code, now } = pick(people, at)
    const state: AuthenticatorState['state'] = JSON.parse(
      Buffer.from(await keyring.unseal(context, sealed)).toString('utf8'),
    )
    const outcome = await factor.verify(
      { id: 'authenticator', state },
      { state: {}, input: { code }, now, randomBytes },
    )
    if (!outcome.ok) throw new Error(`verifyStored: a right code was refused: ${outcome.reason}`)
  }
  return perSecond(count, startedAt)
}

function verifyBare(people: readonly Enrolled[], count: number): number {
  const startedAt = performance.now()
  for (let at = 0; at < count; at++) {
    const { secret, code, now } = pick(people, at)
    const found = verifySync({ secret, token: code, epoch: Math.floor(now / 1_000), epochTolerance: STEP_MS / 1_000 })
    if (!found.valid) throw new Error('verifyBare: a right code was refused')
  }
  return perSecond(count, startedAt)
}

function pick(people: readonly Enrolled[], at: number): Enrolled {
  const found = people[at % people.length]
  if (found === undefined) throw new Error('pick: there is nobody')
  return found
}
