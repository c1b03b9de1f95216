import { ANYTHING } from '../assurance.ts'
import { bestOf, resolveFactorOptions } from '../step-up/factor.ts'
import { mayBeTenant } from './provider-routes.ts'
import type { DoorName } from '../door-name.ts'
import type { FactorOptions, FactorProvider, ProviderFactorParts } from '../step-up/factor.ts'
import type { Door, Doors } from './provider-routes.ts'
import type { Clock } from '../system.ts'

/** All doors of an application, for their common factor. */
interface FactorHouse extends Pick<ProviderFactorParts, 'seals'> {
  readonly doors: Doors
  readonly basePath: string
  readonly clock: Clock
}

/** How many doors are remembered that sessions came through and that are no more. */
const MAX_GONE = 1_000
/** For how long, in milliseconds: a tenant that was missing in one answer only is asked about again after that. */
const GONE_MS = 60_000

/**
 * Gives what the factor for all providers is made from: each is asked for what it was given itself, else for `asked`.
 *
 * What tenants' providers can show nobody knows beforehand: with them, anything may be proved, and the proof decides.
 *
 * @throws OidcError `ERR_OIDC_OPTION`.
 */
export function providerFactorParts(
  { doors, seals, basePath, clock }: FactorHouse,
  asked: FactorOptions,
): ProviderFactorParts {
  const { acrValues, prompt } = resolveFactorOptions(asked)
  const describe = ({ parts: { assurance }, factor: own }: Door): FactorProvider => ({
    acrValues: own.acrValues ?? acrValues,
    prompt: own.prompt ?? prompt,
    assurance,
  })
  // A tenant's that this process has not seen yet, or that it could not look up: its route asks once more.
  const unseen = { acrValues, prompt, assurance: [] }
  const gone = createGone(clock)
  const knownAs = ({ provider, issuer }: DoorName): Door | undefined => {
    const door = doors.known(provider)
    return door?.parts.issuer === issuer ? door : undefined
  }
  return {
    seals,
    best: doors.hasTenants ? ANYTHING : bestOf(doors.fixed.map(describe)),
    urlOf: (provider) => `${basePath}/${provider}/step-up`,
    find(wanted) {
      const door = knownAs(wanted)
      if (door !== undefined) return describe(door)
      return mayBeTenant(doors, wanted.provider) && !gone.has(wanted) ? unseen : undefined
    },
    async prepare(wanted) {
      if (knownAs(wanted) !== undefined || !mayBeTenant(doors, wanted.provider)) return
      try {
        await doors.find(wanted.provider)
        gone.note(wanted, knownAs(wanted) === undefined)
      } catch {
        // Said to the person on the way to the provider, where it can be; other factors need none of it.
      }
    },
  }
}

interface Gone {
  has(door: DoorName): boolean
  note(door: DoorName, isGone: boolean): void
}

/** Remembers for a while what was looked up in vain, so that nobody is offered what is not there. */
function createGone(clock: Clock): Gone {
  const gone = new Map<string, number>()
  const keyOf = ({ provider, issuer }: DoorName): string => `${provider}\n${issuer}`
  return {
    has(door) {
      const notedAt = gone.get(keyOf(door))
      return notedAt !== undefined && clock.now() - notedAt < GONE_MS
    },
    note(door, isGone) {
      gone.delete(keyOf(door))
      if (isGone) gone.set(keyOf(door), clock.now())
      const [oldest] = gone.keys()
      if (gone.size > MAX_GONE && oldest !== undefined) gone.delete(oldest)
    },
  }
}
