import { StepUpError } from './errors.ts'
import type { StepUpOptions } from './requirement.ts'

/** The name of a ready-made requirement. */
export type PresetName = 'relaxed' | 'standard' | 'strict' | 'hardware'

/** What a preset says; the route's other options stand beside it. */
export type Preset = Pick<StepUpOptions, 'maxAge' | 'phishingResistant' | 'userVerified' | 'deviceBound'>

/**
 * Ready-made requirements, by how much is at stake; `standard` is what a route without options demands.
 *
 * `hardware` is shaped after NIST SP 800-63B-4 AAL3: the key resists phishing, verified its user and cannot leave its device.
 * Whether its model is trusted is decided at enrolment, by the factor.
 */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  relaxed: { maxAge: '1h' },
  standard: { maxAge: '5m' },
  strict: { maxAge: '5m', phishingResistant: true, userVerified: true },
  hardware: { maxAge: '5m', phishingResistant: true, userVerified: true, deviceBound: true },
}

const STRENGTHS = ['phishingResistant', 'userVerified', 'deviceBound'] as const

/**
 * Puts a preset under the options that stand beside it. They may change its `maxAge` and demand more; a strength that the
 * preset demands cannot be taken away.
 *
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION` for an unknown preset or a contradiction.
 */
export function withPreset(options: StepUpOptions): StepUpOptions {
  const name = options.preset ?? 'standard'
  // Own names only: 'constructor' is no preset.
  if (!Object.hasOwn(PRESETS, name))
    throw optionError(`preset is one of ${Object.keys(PRESETS).join(', ')}, not ${JSON.stringify(name)}.`)

  const preset = PRESETS[name]
  const taken = STRENGTHS.find((strength) => preset[strength] === true && options[strength] === false)
  if (taken !== undefined)
    throw optionError(`${taken}: false contradicts the preset ${JSON.stringify(name)}: choose a weaker preset.`)

  const { maxAge = preset.maxAge } = options
  const given = STRENGTHS.map((strength) => [strength, options[strength] ?? preset[strength]] as const)
  return { ...options, maxAge, ...Object.fromEntries(given) }
}

function optionError(message: string): StepUpError {
  return new StepUpError('ERR_STEP_UP_OPTION', message)
}
