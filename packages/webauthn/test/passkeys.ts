import { randomBytes } from 'node:crypto'
import type {
  Attempt,
  AuthenticatorState,
  ChallengeStart,
  EnrolmentOutcome,
  EnrolmentStart,
  EnrolledFactor,
  FactorOutcome,
  ViewBlock,
} from '@sallyport/step-up/factor'
import { createSoftwareAuthenticator } from '@sallyport/testing'
import type { CredentialJson, SoftwareAuthenticator, SoftwareAuthenticatorOptions } from '@sallyport/testing'
import { webauthn } from '../src/index.ts'
import type { WebAuthnOptions } from '../src/index.ts'

export const RP_ID = 'bank.example'
export const ORIGIN = 'https://bank.example'
export const NOW = 1_800_000_000_000
export const MODEL = '2fc0579f-8113-47ea-b116-bb5a8db9202a'

export const START: EnrolmentStart = { issuer: 'Bank', account: 'ada@example.com', existing: [], now: NOW, randomBytes }
export const CHALLENGE: ChallengeStart = {
  stepUp: 'S1',
  user: 'ada',
  authenticators: [],
  demanded: [],
  acr: [],
  maxAgeMs: 300_000,
  action: null,
  now: NOW,
  randomBytes,
}

/** A factor and an authenticator that has not met it yet. */
export interface World {
  readonly factor: EnrolledFactor
  readonly authenticator: SoftwareAuthenticator
}

/** Makes a factor for `bank.example` and an authenticator. */
export function createWorld(
  options: Partial<WebAuthnOptions> = {},
  behaviour: SoftwareAuthenticatorOptions = {},
): World {
  return { factor: webauthn({ rpId: RP_ID, ...options }), authenticator: createSoftwareAuthenticator(behaviour) }
}

/** A factor that trusts the maker of an authenticator that attests. */
export function createAttestedWorld(
  options: Partial<WebAuthnOptions> = {},
  behaviour: SoftwareAuthenticatorOptions = {},
): World {
  const authenticator = createSoftwareAuthenticator({ attestation: 'packed', aaguid: MODEL, ...behaviour })
  const attestation = { roots: [authenticator.root] }
  return { factor: webauthn({ rpId: RP_ID, attestation, ...options }), authenticator }
}

/** Changes an answer on its way, or the text that it is sent as. */
export type OnTheWay = (credential: CredentialJson) => unknown

/** Enrols a passkey and gives the outcome. */
export async function register(
  { factor, authenticator }: World,
  { existing = START.existing, onTheWay = same }: { existing?: EnrolmentStart['existing']; onTheWay?: OnTheWay } = {},
): Promise<EnrolmentOutcome> {
  const start = { ...START, existing }
  const pending = await factor.enrolment.start(start)
  const options = optionsOf(await factor.enrolment.view(pending, start))
  const credential = JSON.stringify(onTheWay(authenticator.create(options, ORIGIN)))
  return factor.enrolment.finish({ pending, input: { credential }, now: NOW })
}

/** Enrols a passkey that has to be accepted. */
export async function enrol(world: World, existing: EnrolmentStart['existing'] = []): Promise<AuthenticatorState> {
  const outcome = await register(world, { existing })
  if (!outcome.ok) throw new Error(`enrol: ${outcome.reason}`)
  return { id: `a${existing.length + 1}`, state: outcome.next }
}

/** How a challenge is made and answered. */
export interface Answering {
  readonly demanded?: ChallengeStart['demanded']
  readonly action?: string
  /** At a sign-in nobody is known yet. */
  readonly signIn?: boolean
  readonly onTheWay?: OnTheWay
}

/** Challenges and lets the authenticator answer. */
export async function answerTo(
  { factor, authenticator }: World,
  passkey: AuthenticatorState,
  { demanded = [], action, signIn = false, onTheWay = same }: Answering = {},
): Promise<Attempt> {
  const authenticators = signIn ? [] : [passkey]
  const state = await factor.start({ ...CHALLENGE, authenticators, demanded, action: action ?? null })
  const options = optionsOf(await factor.view(state, authenticators))
  const credential = JSON.stringify(onTheWay(authenticator.get(options, ORIGIN)))
  return { state, input: { credential }, now: NOW, randomBytes }
}

/** Challenges, lets the authenticator answer, and judges. */
export async function authenticate(
  world: World,
  passkey: AuthenticatorState,
  answering: Answering = {},
): Promise<FactorOutcome> {
  return world.factor.verify(passkey, await answerTo(world, passkey, answering))
}

/** The options of the passkey block of a view. */
export function optionsOf(view: readonly ViewBlock[]): Readonly<Record<string, unknown>> {
  const block = view.find(({ kind }) => kind === 'passkey')
  return Object(block).options
}

/** Replaces a member of the response. */
export function withResponse(credential: CredentialJson, changed: Readonly<Record<string, unknown>>): unknown {
  return { ...credential, response: { ...credential.response, ...changed } }
}

/** The bytes of a member of the response. */
export function bytesOf(credential: CredentialJson, member: string): Buffer {
  return Buffer.from(String(credential.response[member]), 'base64url')
}

function same(credential: CredentialJson): unknown {
  return credential
}
