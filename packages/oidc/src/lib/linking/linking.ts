import { createLinkedIdentities } from './linked-identities.ts'
import { refuseOption } from '../option-names.ts'
import { findSecondDoor } from '../second-door.ts'
import type { StepUpOptions } from '@sallyport/step-up'
import type { RequestHandler } from 'express'
import type { LinkParts, LinkedIdentities } from './linked-identities.ts'
import type { SecondDoorOption } from '../second-door.ts'

/** Whether people may link identities, and what they have to prove for it: see `requireStepUp`. */
export type Linking = boolean | StepUpOptions

/** What the routes of linking are made from. */
export interface LinkingParts {
  /** Lets through who has just proved themselves. */
  readonly gate: RequestHandler
  /** The path of the page that lists a user's links. */
  readonly linksPath: string
  /** Where that page leads back to, for people who came from nowhere. */
  readonly homePath: string
  /** To which it leads nobody back. */
  readonly ownPaths: readonly string[]
  readonly linked: LinkedIdentities
}

/** What linking is built from, beside its option. */
interface LinkingPlace extends LinkParts {
  readonly stepUp: SecondDoorOption
  readonly linksPath: string
  readonly homePath: string
  readonly ownPaths: readonly string[]
}

/**
 * Judges the option `linking` and prepares what it asks for; `undefined` when it is off.
 *
 * @throws OidcError `ERR_OIDC_OPTION`; for a second door that is found later, its own mistakes come with the first use.
 */
export function createLinking(linking: Linking | undefined, place: LinkingPlace): LinkingParts | undefined {
  if (linking === undefined || linking === false) return undefined
  if (linking !== true && (typeof linking !== 'object' || linking === null)) {
    return refuseOption('The option linking is true, false or what requireStepUp takes.')
  }
  const asked = linking === true ? {} : linking
  if (asked.when !== undefined || asked.mode === 'report') {
    return refuseOption(
      'The option linking takes no "when" and no report mode: who links an identity always proves themselves.',
    )
  }
  const secondDoor = findSecondDoor(place.stepUp)
  const make = (): RequestHandler => secondDoor().requireStepUp({ name: 'link-identity', ...asked })
  let gate = typeof place.stepUp === 'function' ? undefined : make()
  return {
    gate: (req, res, next) => (gate ??= make())(req, res, next),
    linksPath: place.linksPath,
    homePath: place.homePath,
    ownPaths: place.ownPaths,
    linked: createLinkedIdentities(place),
  }
}
