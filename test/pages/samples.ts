import type { Page } from '../../packages/step-up/src/pages.ts'
import { authenticatorPages } from './sample-authenticators.ts'
import { challengePages } from './sample-challenges.ts'
import { enrolmentPages } from './sample-enrolments.ts'
import { messagePages } from './sample-messages.ts'

/** Every page of the second door in every state, by a name that can stand in an address. */
export const SAMPLES: ReadonlyMap<string, Page> = new Map(
  Object.entries({ ...challengePages, ...enrolmentPages, ...authenticatorPages, ...messagePages }),
)

/**
 * Gives one sample.
 *
 * @throws Error when there is none of that name.
 */
export function sample(name: string): Page {
  const page = SAMPLES.get(name)
  if (page === undefined) throw new Error(`There is no sample page "${name}".`)
  return page
}
