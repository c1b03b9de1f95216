import type { StepUp } from '../src/index.ts'
import type { SessionAuthority } from '../src/lib/sessions.ts'

/** The sessions of an instance with all that the package's own parts may do to them. */
export function authorityOf({ sessions }: StepUp): SessionAuthority {
  if (isAuthority(sessions)) return sessions
  throw new Error('authorityOf: these are not the sessions of createStepUp')
}

function isAuthority(sessions: object): sessions is SessionAuthority {
  return 'rotate' in sessions && 'reload' in sessions
}
