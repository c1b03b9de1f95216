import { AuditError } from '../errors.ts'
import { canonicalize } from '../events/canonical.ts'

/** How many failures of one source are written one by one; see `AuditOptions.flood`. */
export interface FloodOptions {
  /** How long failures of one source are counted together, in milliseconds (1,000 to 3,600,000); 60,000 if not given. */
  readonly windowMs?: number | undefined
  /** How many failures of one source are written whole in that time, 1 to 1,000; 5 if not given. */
  readonly whole?: number | undefined
  /**
   * How many sources are told apart at a time, 1 to 100,000; 100 if not given: of strangers, and of persons for each type of
   * failure. What is new beyond it is counted together.
   */
  readonly sources?: number | undefined
}

/** The bounds with every default in its place. */
export type FloodLimits = { readonly [name in keyof FloodOptions]-?: number }

const DEFAULTS: FloodLimits = { windowMs: 60_000, whole: 5, sources: 100 }
const NAMES = Object.keys(DEFAULTS)

/**
 * Checks `AuditOptions.flood` and gives what was left out its default.
 *
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for an unknown name or a number out of bounds.
 */
export function resolveFlood(flood: FloodOptions = {}): FloodLimits {
  if (typeof flood !== 'object' || flood === null) throw input(`flood is an object with ${NAMES.join(', ')}.`)
  for (const name of Object.keys(flood)) {
    if (!NAMES.includes(name)) throw input(`flood has no member ${JSON.stringify(name)}; it has ${NAMES.join(', ')}.`)
  }
  return {
    windowMs: whole('flood.windowMs', flood.windowMs ?? DEFAULTS.windowMs, [1_000, 3_600_000]),
    whole: whole('flood.whole', flood.whole ?? DEFAULTS.whole, [1, 1_000]),
    sources: whole('flood.sources', flood.sources ?? DEFAULTS.sources, [1, 100_000]),
  }
}

/** The bounds in a form in which equal bounds are equal texts; `undefined` for the defaults. */
export function floodText({ windowMs, whole: written, sources }: FloodLimits): string | undefined {
  const text = canonicalize({ windowMs, whole: written, sources })
  return text === canonicalize(DEFAULTS) ? undefined : text
}

function whole(name: string, value: number, [min, max]: readonly [number, number]): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw input(`${name} is a whole number from ${min} to ${max}, not ${String(value)}.`)
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
