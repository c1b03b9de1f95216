import type { LiveSession } from './session-state.ts'
import type { Evidence } from './types.ts'

/** What a session still has when everything proved since its login is dropped: what was true when it began. */
export function loginEvidence({ evidence, record }: LiveSession): readonly Evidence[] {
  return evidence.filter(({ at }) => at <= record.startedAt)
}
