import type { LiveSession } from './session-state.ts'
import type { Evidence } from './types.ts'

/** What a session still has when everything proved since its login is dropped: what the login itself proved. */
export function loginEvidence({ login }: Pick<LiveSession, 'login'>): readonly Evidence[] {
  return login === undefined ? [] : [login]
}
