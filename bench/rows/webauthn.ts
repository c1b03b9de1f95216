import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { createKeyFile, openKeyring, type Keyring } from '@sallyport/keyring'
import type { AuthenticatorState, EnrolledFactor, ViewBlock } from '@sallyport/step-up/factor'
import { createSoftwareAuthenticator } from '@sallyport/testing'
import { webauthn } from '@sallyport/webauthn'
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'

import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, perSecond } from '../support/rounds.ts'
import { withFolder } from '../support/temporary-folder.ts'

const RP_ID = 'bench.example'
const ORIGIN = `https://${RP_ID}`
const PEOPLE = 100
const CALLS_SHARE = 0.01

type Bare = Parameters<typeof verifyAuthenticationResponse>[0]

interface Answered {
  readonly context: string
  /** The authenticator's state as step-up stores it. */
  readonly sealed: string
  readonly state: Awaited<ReturnType<EnrolledFactor['start']>>
  /** The answer as the browser sends it. */
  readonly credential: string
  /** The same question to the library, as an application that uses it directly has it at hand. */
  readonly bare: Bare
}

interface Parts {
  readonly factor: EnrolledFactor
  readonly keyring: Keyring
}

/** Verifying a passkey's answer from the stored state on, without the commit, against the bare call of the library. */
export async function measureWebAuthn({ rounds, calls }: Plan): Promise<readonly Measured[]> {
  return await withFolder(async (folder) => {
    await createKeyFile(join(folder, 'keys.json'))
    const parts = { keyring: await openKeyring(join(folder, 'keys.json')), factor: webauthn({ rpId: RP_ID }) }
    const people = await Promise.all(Array.from({ length: PEOPLE }, (_, at) => enrolAndAnswer(`person-${at}`, parts)))
    const count = Math.ceil(calls * CALLS_SHARE)
    const figures = await measureInterleaved(
      { stored: () => verifyStored(parts, people, count), bare: () => verifyBare(people, count) },
      rounds,
    )
    return [
      {
        name: 'webauthn.verify, without the commit',
        unit: 'assertions/s',
        ours: figures('stored'),
        peers: { verifyAuthenticationResponse: figures('bare') },
        target: 0.5,
        note: `ES256; state unsealed, state and answer parsed, judged; ${PEOPLE} people in turn. The library is given both parsed.`,
      },
    ]
  })
}

async function enrolAndAnswer(account: string, { factor, keyring }: Parts): Promise<Answered> {
  const authenticator = createSoftwareAuthenticator({ counterStep: 1 })
  const start = { issuer: 'Bench', account, existing: [], now: Date.now(), randomBytes }
  const pending = await factor.enrolment.start(start)
  const created = authenticator.create(passkeyOptions(await factor.enrolment.view(pending, start)), ORIGIN)
  const input = { credential: JSON.stringify(created) }
  const finished = await factor.enrolment.finish({ pending, input, now: start.now })
  if (!finished.ok) throw new Error(`enrolAndAnswer: the passkey was refused: ${finished.reason}`)

  const authenticators = [{ id: 'authenticator', state: finished.next }]
  const asked = { stepUp: '', user: account, demanded: [], acr: [], maxAgeMs: 300_000, action: null }
  const state = await factor.start({ ...asked, authenticators, now: start.now, randomBytes })
  const got = authenticator.get(passkeyOptions(await factor.view(state, authenticators)), ORIGIN)
  const context = `bench.authenticator ${account}`
  return {
    context,
    sealed: await keyring.seal(context, Buffer.from(JSON.stringify(finished.next))),
    state,
    credential: JSON.stringify(got),
    bare: await bareQuestion(JSON.parse(input.credential), JSON.parse(JSON.stringify(got))),
  }
}

/** Registers by the library alone, so that what it verifies later owes nothing to us. */
async function bareQuestion(
  created: Parameters<typeof verifyRegistrationResponse>[0]['response'],
  response: Bare['response'],
): Promise<Bare> {
  const expected = { expectedOrigin: ORIGIN, expectedRPID: RP_ID, requireUserVerification: false }
  const registered = await verifyRegistrationResponse({
    ...expected,
    response: created,
    expectedChallenge: challengeOf(created.response.clientDataJSON),
  })
  if (!registered.verified) throw new Error('bareQuestion: the library refused the passkey')
  const { credential } = registered.registrationInfo
  return { ...expected, response, credential, expectedChallenge: challengeOf(response.response.clientDataJSON) }
}

function challengeOf(clientDataJson: string): string {
  const { challenge = '' }: { readonly challenge?: string } = JSON.parse(
    Buffer.from(clientDataJson, 'base64url').toString('utf8'),
  )
  return challenge
}

function passkeyOptions(view: readonly ViewBlock[]): unknown {
  const block = view.find(({ kind }) => kind === 'passkey')
  return block?.kind === 'passkey' ? block.options : undefined
}

/** As step-up does it for an answer: opens the sealed state, then asks the factor. */
async function verifyStored({ factor, keyring }: Parts, people: readonly Answered[], count: number): Promise<number> {
  const startedAt = performance.now()
  for (let at = 0; at < count; at++) {
    const { context, sealed, state, credential } = pick(people, at)
    const stored: AuthenticatorState['state'] = JSON.parse(
      Buffer.from(await keyring.unseal(context, sealed)).toString('utf8'),
    )
    const attempt = { state, input: { credential }, now: Date.now(), randomBytes }
    const outcome = await factor.verify({ id: 'authenticator', state: stored }, attempt)
    if (!outcome.ok) throw new Error(`verifyStored: a right answer was refused: ${outcome.reason}`)
  }
  return perSecond(count, startedAt)
}

async function verifyBare(people: readonly Answered[], count: number): Promise<number> {
  const startedAt = performance.now()
  for (let at = 0; at < count; at++) {
    const { verified } = await verifyAuthenticationResponse(pick(people, at).bare)
    if (!verified) throw new Error('verifyBare: a right answer was refused')
  }
  return perSecond(count, startedAt)
}

function pick(people: readonly Answered[], at: number): Answered {
  const found = people[at % people.length]
  if (found === undefined) throw new Error('pick: there is nobody')
  return found
}
