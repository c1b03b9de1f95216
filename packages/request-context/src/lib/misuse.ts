import type { Request } from 'express'

/** A deployment mistake that was noticed while serving a request. The message holds nothing of the request. */
export interface Misuse {
  readonly code:
    /** `trust proxy` is `true`: whoever writes the leftmost `X-Forwarded-For` chooses the recorded address. */
    | 'ERR_REQUEST_CONTEXT_PROXY_PERMISSIVE'
    /** `X-Forwarded-For` arrives while `trust proxy` is off: behind a proxy, every client has the proxy's address. */
    | 'ERR_REQUEST_CONTEXT_PROXY_UNTRUSTED'
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

/**
 * Makes a watcher that tells of each kind of misuse of `trust proxy` once in its life.
 *
 * @param report Told of a problem when it is first seen.
 * @returns A function to call with every request.
 * @see OWASP ASVS 5.0 4.1.3, 15.3.4
 */
export function watchForMisuse(report: (problem: Misuse) => void): (req: Request) => void {
  const told = new Set<Misuse>()
  return function watch(req) {
    const problem = findMisuse(req)
    if (problem === undefined || told.has(problem)) return
    told.add(problem)
    report(problem)
  }
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
