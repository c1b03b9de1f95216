import type { EventType } from '@sallyport/audit/vocabulary'

import type { Faults } from './faults.ts'

/** Something that waits until a test lets it go on. */
export interface Door {
  /** Resolves when somebody has come to wait. */
  readonly waiting: Promise<void>
  readonly opened: Promise<void>
  arrive(): void
  open(): void
}

/** Makes a closed door. */
export function door(): Door {
  let open = (): void => undefined
  let arrive = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const waiting = new Promise<void>((resolve) => (arrive = resolve))
  return { opened, waiting, open: () => open(), arrive: () => arrive() }
}

/** Holds back the first commit with an event of one type, from after its judgement until the door opens. */
export function holding(type: EventType, gate: Door): Pick<Faults, 'spoil'> {
  return {
    spoil(options) {
      const { audit } = options
      let isHeld = false
      const commit: typeof audit.commit = async (content) => {
        if (!isHeld && content.events.some((event) => event.type === type)) {
          isHeld = true
          gate.arrive()
          await gate.opened
        }
        return await audit.commit(content)
      }
      const held = new Proxy(audit, {
        get: (ledger, name) => {
          if (name === 'commit') return commit
          const member: unknown = Reflect.get(ledger, name)
          return typeof member === 'function' ? member.bind(ledger) : member
        },
      })
      return { ...options, audit: held }
    },
  }
}
