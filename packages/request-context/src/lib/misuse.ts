import type { Request } from 'express'

/** A deployment mistake that was noticed while serving a request. The message holds nothing of the request. */
export interface Misuse {
  readonly code:
    /** `trust proxy` is `true`: whoever writes the leftmost `X-Forwarded-For` chooses the recorded address. */
    | 'ERR_REQUEST_CONTEXT_PROXY_PERMISSIVE'
    /** `X-Forwarded-For` arrives while `trust proxy` is off: behind a proxy, every client has the proxy's address. */
    | 'ERR_REQUEST_CONTEXT_PROXY_UNTRUSTED'
    /** The function `place` threw or answered with a promise: the place is left out of the events. */
    | 'ERR_REQUEST_CONTEXT_PLACE_FAILED'
    /** The function `who` threw, gave a promise, or something that no event can hold: that is left out of the events. */
    | 'ERR_REQUEST_CONTEXT_WHO_FAILED'
    /** The function `resource` threw, or gave a promise or something else than a text: it is left out of the events. */
    | 'ERR_REQUEST_CONTEXT_RESOURCE_FAILED'
  readonly message: string
}

const PERMISSIVE: Misuse = {
  code: 'ERR_REQUEST_CONTEXT_PROXY_PERMISSIVE',
  message:
    'The Express setting "trust proxy" is true, so any client can choose the address that is recorded and limited. ' +
    'Set it to the number of your proxies or to their addresses.',
}

const UNTRUSTED: Misuse = {
  code: 'ERR_REQUEST_CONTEXT_PROXY_UNTRUSTED',
  message:
    'A request came with X-Forwarded-For while the Express setting "trust proxy" is off. If there is a proxy in front, ' +
    'all clients share its address in the ledger: set "trust proxy" to the number of your proxies or to their addresses.',
}

const FAILED = {
  place: {
    code: 'ERR_REQUEST_CONTEXT_PLACE_FAILED',
    message:
      'The option place of requestContext threw, or gave a promise, so an event has no place. ' +
      'It answers at once with country, region and asn, or with undefined.',
  },
  who: {
    code: 'ERR_REQUEST_CONTEXT_WHO_FAILED',
    message:
      'The option who of recordAccess threw, gave a promise, or said something that no event can hold, which is left out. ' +
      'It answers at once with { user, lineage?, tenant?, authn? }, user being an id of 1 to 512 characters, or with undefined.',
  },
  resource: {
    code: 'ERR_REQUEST_CONTEXT_RESOURCE_FAILED',
    message:
      'The option resource of recordAccess threw, or gave a promise or something else than a text: an access has no resource. ' +
      'It answers at once with an id of 1 to 200 characters, or with undefined.',
  },
} as const satisfies Readonly<Record<string, Misuse>>

/**
 * Makes a watcher for misuse of `trust proxy`.
 *
 * @param report Told of a problem each time it is seen.
 * @returns A function to call with every request.
 * @see OWASP ASVS 5.0 4.1.3, 15.3.4
 */
export function watchForMisuse(report: (problem: Misuse) => void): (req: Request) => void {
  return function watch(req) {
    const problem = findMisuse(req)
    if (problem !== undefined) report(problem)
  }
}

/**
 * Makes a reporter that passes on each kind of misuse once in its life.
 *
 * @param report Told of a problem when it is first seen.
 * @returns The reporter, to be told as often as it happens.
 */
export function reportOnce(report: (problem: Misuse) => void): (problem: Misuse) => void {
  const told = new Set<Misuse['code']>()
  return function reportFirst(problem) {
    if (told.has(problem.code)) return
    told.add(problem.code)
    report(problem)
  }
}

/**
 * Makes the report of a function of the application that does not do what it should.
 *
 * @param option The option that it is.
 * @returns The problem; it holds nothing of the request nor of what was thrown.
 */
export function failedFunction(option: 'place' | 'who' | 'resource'): Misuse {
  return FAILED[option]
}

/**
 * Reports a misuse as a warning of the process, which Node prints once to stderr.
 *
 * @param problem What was noticed.
 */
export function reportAsWarning(problem: Misuse): void {
  process.emitWarning(problem.message, { type: 'SallyportWarning', code: problem.code })
}

function findMisuse(req: Request): Misuse | undefined {
  const trust: unknown = req.app.get('trust proxy')
  if (trust === true) return PERMISSIVE
  const off = trust === undefined || trust === false || trust === 0 || trust === ''
  return off && req.headers['x-forwarded-for'] !== undefined ? UNTRUSTED : undefined
}
