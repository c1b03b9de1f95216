import type { Audit } from '@sallyport/audit'
import type { Who } from '@sallyport/audit/context'
import type { Request } from 'express'
import { demand, isText, refuseUnknown } from './judge-options.ts'
import { reportAsWarning, reportOnce } from './misuse.ts'
import type { Misuse } from './misuse.ts'
import { systemStopwatch } from './system.ts'
import type { Clock } from './system.ts'

/** What `recordAccess` needs and how it behaves. */
export interface RecordAccessOptions {
  /** The open ledger; required. */
  readonly audit: Pick<Audit, 'emit'>
  /** What the routes demand, as `access.denied` names it: 1 to 64 characters; the route's pattern unless set. */
  readonly name?: string | undefined
  /**
   * Says who is asking, where the session is not one of `@sallyport/step-up`: asked when the request comes by and again when
   * its response has ended, since signing in and out happen in between; the later answer counts. It answers at once; what no
   * event can hold is left out and reported. What the session's resolver left in the context unless set.
   */
  readonly who?: ((req: Request) => Who | undefined) | undefined
  /**
   * Names what was accessed by its id: it stands in clear in the ledger, at most 200 characters of it, so it is never a name
   * or an e-mail address. Asked like `who`. None unless set.
   */
  readonly resource?: ((req: Request) => string | undefined) | undefined
  /** Told once of a function that does not do what it should: a process warning with the code unless set. */
  readonly onMisuse?: ((problem: Misuse) => void) | undefined
  /** What durations are measured by, in milliseconds: the system's monotonic clock unless set. */
  readonly clock?: Clock | undefined
}

/** The options with every default filled in. */
export interface Access {
  readonly audit: Pick<Audit, 'emit'>
  readonly name: string | undefined
  readonly who: ((req: Request) => Who | undefined) | undefined
  readonly resource: ((req: Request) => string | undefined) | undefined
  readonly report: (problem: Misuse) => void
  readonly clock: Clock
}

/**
 * Judges the options and fills in what was left out.
 *
 * @param options What the application configured.
 * @returns Every option with its value.
 * @throws RequestContextError `ERR_REQUEST_CONTEXT_OPTIONS`
 */
export function resolveAccess(options: RecordAccessOptions): Access {
  refuseUnknown('recordAccess', options, ['audit', 'name', 'who', 'resource', 'onMisuse', 'clock'])
  const { audit, name, who, resource, onMisuse = reportAsWarning, clock = systemStopwatch } = options
  demand(typeof audit?.emit === 'function', 'recordAccess needs the ledger: pass the audit that openAudit gave.')
  demand(name === undefined || isText(name), 'The option name of recordAccess has 1 to 64 characters.')
  demand(who === undefined || typeof who === 'function', 'The option who of recordAccess is a function of the request.')
  demand(
    resource === undefined || typeof resource === 'function',
    'The option resource of recordAccess is a function of the request.',
  )
  demand(typeof onMisuse === 'function', 'The option onMisuse of recordAccess is a function.')
  demand(typeof clock.now === 'function', 'The option clock of recordAccess has a function now.')
  return { audit, name, who, resource, report: reportOnce(onMisuse), clock }
}
