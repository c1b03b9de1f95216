import { StepUpError } from './errors.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }
const MAX_MS = 24 * 3_600_000

/**
 * Reads a length of time: whole seconds, minutes or hours such as `30s`, `5m`, `1h`, at most 24 hours.
 *
 * @param name The option's name, for the error.
 * @param text The text, from the application's configuration.
 * @returns Milliseconds, at least 1,000.
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION` for anything else.
 */
export function parseDuration(name: string, text: string): number {
  const match = /^([1-9][0-9]{0,5})([smh])$/.exec(text)
  const milliseconds = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN)
  if (milliseconds <= MAX_MS) return milliseconds
  throw new StepUpError(
    'ERR_STEP_UP_OPTION',
    `${name} is a time such as "30s", "5m" or "1h", at most 24 hours, not ${JSON.stringify(text)}.`,
  )
}
