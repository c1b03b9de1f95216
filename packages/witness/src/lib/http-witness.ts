import type { NoteVerifier } from '@sallyport/tlog/note'
import {
  cosignatureTime,
  formatAddCheckpoint,
  formatSignatures,
  openCosignatures,
  parseCosignerKey,
} from '@sallyport/tlog/witness'
import { WitnessError } from './errors.ts'
import { optionsError, requireKnownOptions, requireWhole } from './options.ts'
import { readWitnessUrl } from './witness-url.ts'

// One line has 120 bytes, one of ML-DSA-44 3.3 kB.
const MAX_ANSWER_BYTES = 65_536
const OPTION_NAMES = ['url', 'verifierKey', 'name', 'fetch', 'timeoutMs']

/** Where a witness is, and what it is known by. */
export interface HttpWitnessOptions {
  /** Its submission prefix: https, or http to this machine itself. */
  readonly url: string
  /** Its verifier key. */
  readonly verifierKey: string
  /** Names its cursor: 1 to 64 characters of a–z, 0–9, `-`. Made of the key's name and id if not given. */
  readonly name?: string | undefined
  /** Node's own if not given. */
  readonly fetch?: typeof fetch | undefined
  /** Milliseconds for one request, whole answer included, 1 to 120,000; 10,000 if not given. */
  readonly timeoutMs?: number | undefined
}

/** A witness that is asked over HTTP. */
export interface HttpWitness {
  readonly name: string
  readonly verifierKey: string
  /**
   * Asks for a cosignature. Rejects with `WitnessError` `ERR_WITNESS_UNREACHABLE` when no answer comes in time, and
   * with `ERR_WITNESS_ANSWER` when it is too long or holds no good cosignature of this witness with a time.
   *
   * @returns the verified signature lines; or the size that the witness holds; or the status it refused with
   */
  addCheckpoint(request: {
    readonly oldSize: number
    readonly proof: readonly Uint8Array[]
    readonly note: string
  }): Promise<
    | { readonly ok: true; readonly signatures: string }
    | { readonly ok: false; readonly code: 'conflict'; readonly size: number }
    | { readonly ok: false; readonly code: 'refused'; readonly status: number }
  >
}

type Answer = Awaited<ReturnType<HttpWitness['addCheckpoint']>>

/**
 * Makes the client of a witness. No redirect is followed; the answer is bounded and verified before it is handed on.
 *
 * @throws WitnessError `ERR_WITNESS_OPTIONS`
 * @see C2SP tlog-witness
 */
export function httpWitness(options: HttpWitnessOptions): HttpWitness {
  requireKnownOptions(options, OPTION_NAMES)
  const { timeoutMs = 10_000, verifierKey } = options
  requireWhole('timeoutMs', timeoutMs, [1, 120_000])
  const verifier = readKey(verifierKey)
  const name = options.name ?? nameOf(verifier)
  if (!/^[a-z0-9-]{1,64}$/.test(name)) throw optionsError('name has 1 to 64 characters of a-z, 0-9 and "-".')
  const ask = { url: `${readWitnessUrl(options.url)}/add-checkpoint`, fetch: options.fetch ?? fetch, timeoutMs }
  return {
    name,
    verifierKey,
    addCheckpoint: async (request) => judge(await post(ask, formatAddCheckpoint(request)), request.note, verifier),
  }
}

interface Ask {
  readonly url: string
  readonly fetch: typeof fetch
  readonly timeoutMs: number
}

interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string
}

async function post(ask: Ask, body: string): Promise<Reply> {
  try {
    const response = await ask.fetch(ask.url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      redirect: 'manual',
      signal: AbortSignal.timeout(ask.timeoutMs),
    })
    const type = response.headers.get('content-type') ?? ''
    return { status: response.status, type, body: await readBounded(response) }
  } catch (cause) {
    if (cause instanceof WitnessError) throw cause
    throw new WitnessError('ERR_WITNESS_UNREACHABLE', 'The witness cannot be reached, or took too long.', { cause })
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    // Leaving the loop lets go of the rest.
    if (length > MAX_ANSWER_BYTES) throw unusable('The answer of the witness is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function judge({ status, type, body }: Reply, note: string, verifier: NoteVerifier): Answer {
  if (status === 200) return { ok: true, signatures: verified(note, body, verifier) }
  const size = status === 409 && type === 'text/x.tlog.size' ? parseSize(body) : undefined
  return size === undefined ? { ok: false, code: 'refused', status } : { ok: false, code: 'conflict', size }
}

function verified(note: string, lines: string, verifier: NoteVerifier): string {
  try {
    const signatures = openCosignatures(note, lines, [verifier])
    if (signatures.every((signature) => cosignatureTime(signature) > 0)) return formatSignatures(signatures)
  } catch (cause) {
    throw unusable('The answer of the witness holds no good cosignature.', cause)
  }
  throw unusable('The cosignature of the witness says no time.')
}

function parseSize(body: string): number | undefined {
  const size = /^(0|[1-9][0-9]{0,15})\n$/.exec(body)?.[1]
  return size !== undefined && Number.isSafeInteger(Number(size)) ? Number(size) : undefined
}

function readKey(text: string): NoteVerifier {
  try {
    return parseCosignerKey(text)
  } catch (cause) {
    throw optionsError('verifierKey is the verifier key of a witness that this Node.js can verify.', cause)
  }
}

/** Names a cursor after the key, so that a witness with a new key begins anew. */
function nameOf({ name, keyId }: NoteVerifier): string {
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return `${slug.slice(0, 55)}-${keyId.toString(16).padStart(8, '0')}`
}

function unusable(message: string, cause?: unknown): WitnessError {
  return new WitnessError('ERR_WITNESS_ANSWER', message, { cause })
}
