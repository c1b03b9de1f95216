import { FACTORS, type FactorName } from '@sallyport/audit'
import type { Request } from 'express'

import { parseDuration } from './duration.ts'
import { StepUpError } from './errors.ts'
import { checkOptionKinds, checkOptionNames, type Kind } from './option-names.ts'
import { withPreset, type PresetName } from './presets.ts'
import type { Factor, StrengthName } from './types.ts'

/** What an action shows and binds; see `requireStepUp`. */
export interface ActionDescription {
  /** What kind of action: 1 to 64 characters of a–z, 0–9, `.`, `_`, `-`. Written to the ledger. */
  readonly name: string
  /** What the person sees and approves, in order: at most 16 texts, numbers or booleans of at most 512 characters. Never written to the ledger. */
  readonly show: Readonly<Record<string, unknown>>
  /** Narrows what the approval is bound to, in place of the whole parsed body. Leave it out unless you must. */
  readonly bind?: unknown
}

/** What a route demands; all of it is optional. */
export interface StepUpOptions {
  /** A ready-made requirement, `standard` if not given; what stands beside it may change its `maxAge` and demand more. */
  readonly preset?: PresetName | undefined
  /** How fresh the proof must be: `30s` to `24h`; the preset's if not given, `5m` without one. */
  readonly maxAge?: string | undefined
  /** Any of these factors will do; any strong factor if not given. */
  readonly anyOf?: readonly FactorName[] | undefined
  /** All of these factors, each proved by itself. */
  readonly allOf?: readonly FactorName[] | undefined
  /** Only proofs that a look-alike page cannot obtain (WebAuthn). */
  readonly phishingResistant?: boolean | undefined
  /** Only proofs during which the authenticator verified its user. */
  readonly userVerified?: boolean | undefined
  /** Only proofs by keys that cannot leave their device. */
  readonly deviceBound?: boolean | undefined
  /** One of these authentication contexts, as the identity provider returned it. */
  readonly acr?: readonly string[] | undefined
  /** Binds the approval to this one request; good for one use. */
  readonly action?: ((req: Request) => ActionDescription) | undefined
  /** Asks for the step-up only when this says so, for example because the risk is high. A rejection keeps the route closed. */
  readonly when?: ((req: Request) => boolean | Promise<boolean>) | undefined
  /** `enforce` if not given; `report` lets every request of a signed-in user through and records what would have happened. */
  readonly mode?: 'enforce' | 'report' | undefined
  /** Names the requirement in the ledger: 1 to 64 characters of a–z, 0–9, `.`, `_`, `-`; the route's pattern if not given. */
  readonly name?: string | undefined
}

/** The part of the options that can be judged and stored: plain data. */
export interface Requirement {
  readonly maxAgeMs: number
  /** Empty: any strong factor. */
  readonly anyOf: readonly FactorName[]
  readonly allOf: readonly FactorName[]
  readonly strength: readonly StrengthName[]
  /** Empty: any. */
  readonly acr: readonly string[]
}

const OPTION_NAMES = [
  'preset',
  'maxAge',
  'anyOf',
  'allOf',
  'phishingResistant',
  'userVerified',
  'deviceBound',
  'acr',
  'action',
  'when',
  'mode',
  'name',
]
const OPTION_KINDS: Readonly<Record<string, Kind>> = {
  preset: 'string',
  maxAge: 'string',
  anyOf: 'strings',
  allOf: 'strings',
  phishingResistant: 'boolean',
  userVerified: 'boolean',
  deviceBound: 'boolean',
  acr: 'strings',
  action: 'function',
  when: 'function',
  name: 'string',
}

/** What is known of a factor when a route is mounted. */
export type FactorAbility = Pick<Factor, 'name' | 'strength' | 'mayShow' | 'mayReach'>

/**
 * Judges options when a route is mounted, so that a mistake stops the start and not a request.
 *
 * @param options What the route was given.
 * @param factors The factors that `createStepUp` was given, by name.
 * @returns The requirement as plain data.
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION`, naming the fix.
 */
export function parseRequirement(options: StepUpOptions, factors: ReadonlyMap<FactorName, FactorAbility>): Requirement {
  checkOptionNames('requireStepUp', options, OPTION_NAMES)
  checkOptionKinds({ ...options }, OPTION_KINDS)
  if (options.name !== undefined) checkName('name', options.name)
  if (options.mode !== undefined && options.mode !== 'enforce' && options.mode !== 'report') {
    throw optionError(`mode is "enforce" or "report", not ${JSON.stringify(options.mode)}.`)
  }
  if (options.anyOf !== undefined && options.allOf !== undefined)
    throw optionError('anyOf and allOf contradict each other: give one.')

  if (options.acr?.length === 0)
    throw optionError('acr is empty, so nothing could ever satisfy it: name a context or leave it out.')

  const { maxAge, phishingResistant, userVerified, deviceBound } = withPreset(options)
  const requirement: Requirement = {
    maxAgeMs: parseDuration('maxAge', maxAge ?? ''),
    anyOf: factorList('anyOf', options.anyOf, factors),
    allOf: factorList('allOf', options.allOf, factors),
    strength: [
      ...(phishingResistant === true ? (['phishing_resistant'] as const) : []),
      ...(userVerified === true ? (['user_verified'] as const) : []),
      ...(deviceBound === true ? (['device_bound'] as const) : []),
    ],
    acr: options.acr ?? [],
  }
  refuseContradictions(requirement, factors)
  return requirement
}

/**
 * Tells whether a proof by this factor could ever show what a requirement asks for, so that nobody is asked in vain. Only a
 * factor that says so reaches a context (`acr`).
 */
export function canSatisfy({ strength, acr }: Requirement, factor: FactorAbility): boolean {
  const able = factor.mayShow ?? factor.strength
  return strength.every((wanted) => able.includes(wanted)) && (acr.length === 0 || factor.mayReach?.(acr) === true)
}

/** Refuses a name that could not stand in the ledger as it is. */
export function checkName(option: string, name: string): void {
  if (/^[a-z0-9._-]{1,64}$/.test(name)) return
  throw optionError(`${option} has 1 to 64 characters of a-z, 0-9, ".", "_" and "-", not ${JSON.stringify(name)}.`)
}

function factorList(
  option: string,
  names: readonly FactorName[] | undefined,
  available: ReadonlyMap<FactorName, FactorAbility>,
): readonly FactorName[] {
  if (names === undefined) return []
  if (names.length === 0)
    throw optionError(`${option} is empty, so nothing could ever satisfy it: name a factor or leave it out.`)

  for (const name of names) {
    if (!FACTORS.includes(name))
      throw optionError(`${option} names no known factor: ${JSON.stringify(name)}. Known are ${FACTORS.join(', ')}.`)
    if (!available.has(name))
      throw optionError(`${option} asks for ${name}, which createStepUp was not given: add it to factors.`)
  }
  return [...new Set(names)]
}

// What could never be satisfied is a mistake of the mounting, not a refusal for every user.
function refuseContradictions(requirement: Requirement, factors: ReadonlyMap<FactorName, FactorAbility>): void {
  const { anyOf, allOf, acr } = requirement
  const reaches = (name: FactorName): boolean => factors.get(name)?.mayReach?.(acr) === true
  const isImpossible = (name: FactorName): boolean => {
    const factor = factors.get(name)
    return factor === undefined || !canSatisfy(requirement, factor)
  }
  const wrong = allOf.find(isImpossible) ?? (anyOf.every(isImpossible) ? anyOf[0] : undefined)
  if (wrong === undefined) return
  throw optionError(
    acr.length > 0 && wrong !== 'oidc'
      ? 'Only the identity provider tells an acr: leave it out, or name oidc.'
      : acr.length > 0 && !reaches(wrong)
        ? `No proof by ${wrong} reaches any acr of these: leave acr out, or name one that it can reach.`
        : `A proof by ${wrong} never shows ${requirement.strength.join(' and ')}: ask for another factor, such as webauthn.`,
  )
}

function optionError(message: string): StepUpError {
  return new StepUpError('ERR_STEP_UP_OPTION', message)
}
