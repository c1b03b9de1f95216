import type { Factor } from '../src/factor.ts'
import type { CreateStepUpOptions } from '../src/index.ts'

/** Lets the n-th call of store, ledger, key ring or factor fail, whichever it is. */
export interface Faults {
  /** Puts itself between the second door and what it stands on. */
  spoil<T extends Pick<CreateStepUpOptions, 'store' | 'audit' | 'keyring' | 'factors'>>(options: T): T
  /** Counts from now on; the call of this number fails. 0: none. */
  arm(call: number): void
  /** How many calls there were since. */
  calls(): number
}

/** What failed, as a driver would say it: with things that no answer may repeat. */
export const LEAK = 'connect ECONNREFUSED postgres://app:hunter2@10.0.0.7'

/** Makes the faults of one world. */
export function createFaults(): Faults {
  let count = 0
  let failing = 0
  const trip = (): void => {
    count += 1
    if (count === failing) throw new Error(LEAK)
  }
  return {
    spoil: (options) => ({
      ...options,
      store: spoilt(options.store, ['get', 'list', 'commit'], trip),
      audit: spoilt(options.audit, ['emit', 'commit'], trip),
      keyring: spoilt(options.keyring, ['seal', 'unseal', 'pseudonym'], trip),
      factors: options.factors.map((factor) => spoiltFactor(factor, trip)),
    }),
    arm(call) {
      count = 0
      failing = call
    },
    calls: () => count,
  }
}

function spoiltFactor(factor: Factor, trip: () => void): Factor {
  if (factor.given !== undefined) return spoilt(factor, ['start', 'verify'], trip)

  const enrolment = spoilt(factor.enrolment, ['start', 'finish'], trip)
  return { ...spoilt(factor, ['start', 'verify'], trip), enrolment, name: factor.name }
}

function spoilt<T extends object>(target: T, names: readonly (keyof T & string)[], trip: () => void): T {
  const changed: Partial<T> = {}
  for (const name of names) {
    const method: unknown = target[name]
    if (typeof method !== 'function') continue
    const replaced = async (...args: unknown[]): Promise<unknown> => {
      trip()
      return await Reflect.apply(method, target, args)
    }
    Object.assign(changed, { [name]: replaced })
  }
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(changed, name) ?? Reflect.get(object, name)
      return typeof value === 'function' && !(name in changed) ? value.bind(object) : value
    },
  })
}
