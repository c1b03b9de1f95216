import { refuseOption } from './option-names.ts'
import type { FactorName, PendingEvent, Reason } from '@sallyport/audit'
import type { Sessions, StepUpOptions } from '@sallyport/step-up'
import type { Write } from '@sallyport/store'
import type { Request, RequestHandler } from 'express'

/** What this package uses of the second door: of what `createStepUp` gives. */
export interface SecondDoor {
  readonly sessions: Pick<Sessions, 'current' | 'hold' | 'start' | 'end' | 'refuse'>
  /** For proof at the provider: see `StepUp.answer`. */
  answer(
    req: Request,
    answer: {
      readonly stepUp: string
      readonly factor: FactorName
      readonly input: Readonly<Record<string, string>>
      readonly events?: readonly PendingEvent[] | undefined
      readonly writes?: readonly Write[] | undefined
    },
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: Reason }>
  /** For linking: see `StepUp.tell`. */
  readonly tell: (req: Request, about: 'account.linked' | 'account.unlinked') => Promise<void>
  /** For linking: see `StepUp.requireStepUp`. */
  readonly requireStepUp: (options?: StepUpOptions) => RequestHandler
}

/** A session that somebody holds. */
export type LiveSession = Extract<ReturnType<SecondDoor['sessions']['current']>, { state: 'live' }>

/** The second door itself, or a function that gives it: for when it is made after the first, with `oidc.factor()` in it. */
export type SecondDoorOption = SecondDoor | (() => SecondDoor)

/** Gives the second door, when it is used and not before. */
export type FindSecondDoor = () => SecondDoor

/** Judges the option `stepUp`. Throws `ERR_OIDC_OPTION`, for a function when it is first called. */
export function findSecondDoor(option: SecondDoorOption): FindSecondDoor {
  if (typeof option === 'function') return () => checkSecondDoor(option())
  const door = checkSecondDoor(option)
  return () => door
}

function checkSecondDoor(door: SecondDoor): SecondDoor {
  if (typeof door?.sessions?.start !== 'function') {
    refuseOption('The option stepUp is what createStepUp gives, or a function that gives it.')
  }
  return door
}
