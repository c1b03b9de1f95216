import { hash } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Witness, WitnessResponse } from './create-witness.ts'
import { optionsError, requireKnownOptions, requireWhole } from './options.ts'
import { readBody, type BodyBounds } from './read-body.ts'

const MAX_BODY_BYTES = 65_536
const TEXT = 'text/plain; charset=utf-8'
const OPTION_NAMES = ['submissionPrefix', 'monitoringPrefix', 'maxBodyBytes', 'timeoutMs', 'onError']

/** How a witness is served. */
export interface WitnessHandlerOptions {
  /** The path in front of `/add-checkpoint`: empty, or it begins with a slash and ends with none. Empty if not given. */
  readonly submissionPrefix?: string | undefined
  /** The path in front of `/<hash of an origin>/checkpoint`; the submission prefix if not given. */
  readonly monitoringPrefix?: string | undefined
  /** Bytes of a request's body that are read, 1,024 to 65,536; 65,536 if not given. */
  readonly maxBodyBytes?: number | undefined
  /** Milliseconds within which a body must have arrived, 1 to 120,000; 10,000 if not given. */
  readonly timeoutMs?: number | undefined
  /** Is told of what made an answer a 503: trouble with store or key. A process warning if not given. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/**
 * Makes the request listener of a witness, for `http.createServer` or an Express application.
 *
 * Answers `POST <submission prefix>/add-checkpoint` and `GET <monitoring prefix>/<hex SHA-256 of an origin>/checkpoint`,
 * and everything else with 404 or 405. Mount it in front of body parsers. It asks nobody who they are: the signature of
 * the log is what a request is judged by.
 *
 * @throws WitnessError `ERR_WITNESS_OPTIONS`
 * @see C2SP tlog-witness
 */
export function witnessHandler(witness: Witness, options: WitnessHandlerOptions = {}): RequestListener {
  const routes = makeRoutes(witness, options)
  const onError = options.onError ?? warn
  return function witnessListener(request: IncomingMessage, response: ServerResponse): void {
    answer(routes, request).then(
      (reply) => send(request, response, reply),
      (error: unknown) => {
        // A client that went away hears nothing, and is nobody's trouble.
        if (request.destroyed && !request.complete) return
        onError(error)
        send(request, response, { status: 503, type: TEXT, body: 'The witness cannot answer now.\n' })
      },
    )
  }
}

interface Reply extends WitnessResponse {
  readonly headers?: Readonly<Record<string, string>>
}

interface Routes {
  readonly submission: string
  /** The origin of a log by the path of its checkpoint. */
  readonly checkpoints: ReadonlyMap<string, string>
  readonly bounds: BodyBounds
  readonly witness: Witness
}

function makeRoutes(witness: Witness, options: WitnessHandlerOptions): Routes {
  requireKnownOptions(options, OPTION_NAMES)
  const { submissionPrefix = '', maxBodyBytes = MAX_BODY_BYTES, timeoutMs = 10_000 } = options
  const { monitoringPrefix = submissionPrefix } = options
  requireWhole('maxBodyBytes', maxBodyBytes, [1_024, MAX_BODY_BYTES])
  requireWhole('timeoutMs', timeoutMs, [1, 120_000])
  for (const prefix of [submissionPrefix, monitoringPrefix]) {
    if (!/^(?:\/[\w.~-]+)*$/.test(prefix)) throw optionsError('A prefix is empty or a path such as "/witness".')
  }
  const paths = witness.origins.map((one) => [`${monitoringPrefix}/${hash('sha256', one)}/checkpoint`, one] as const)
  return {
    submission: `${submissionPrefix}/add-checkpoint`,
    checkpoints: new Map(paths),
    bounds: { maxBytes: maxBodyBytes, timeoutMs },
    witness,
  }
}

async function answer(routes: Routes, request: IncomingMessage): Promise<Reply> {
  const [path = ''] = (request.url ?? '').split('?', 1)
  const method = request.method ?? ''
  const origin = routes.checkpoints.get(path)
  if (path === routes.submission) {
    return method === 'POST' ? await submit(routes, request) : notAllowed('POST')
  }
  if (origin === undefined) return plain(404, 'There is nothing here.')
  return method === 'GET' || method === 'HEAD' ? await show(routes.witness, origin) : notAllowed('GET, HEAD')
}

async function submit({ bounds, witness }: Routes, request: IncomingMessage): Promise<Reply> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return plain(415, 'The body must not be encoded.')
  const read = await readBody(request, bounds)
  if (read.ok) return await witness.addCheckpoint(read.body)
  return plain(read.status, read.status === 413 ? 'The body is too long.' : 'The body took too long.')
}

async function show(witness: Witness, origin: string): Promise<Reply> {
  const note = await witness.latest(origin)
  if (note === undefined) return plain(404, 'Nothing of this log was cosigned yet.')
  return { status: 200, type: TEXT, body: note, headers: { 'cache-control': 'no-cache' } }
}

function notAllowed(allow: string): Reply {
  return { ...plain(405, 'This method is not answered here.'), headers: { allow } }
}

function plain(status: number, sentence: string): Reply {
  return { status, type: TEXT, body: `${sentence}\n` }
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Reply): void {
  if (response.headersSent || response.destroyed) return
  // What was not read of a request would be taken for the next one.
  const rest = request.complete ? {} : { connection: 'close' }
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    ...headers,
    ...rest,
  })
  response.end(request.method === 'HEAD' ? '' : body)
}

function warn(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_WITNESS'
  process.emitWarning('The witness could not answer a request.', { type: 'WitnessWarning', code })
}
