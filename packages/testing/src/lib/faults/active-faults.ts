import { faultPairs } from '../faults.ts'
import type { Act, Answer, Earlier } from './act.ts'
import type { FaultName } from '../faults.ts'

/** The faults and twins that are switched on, and what the provider remembers for them. */
export interface ActiveFaults {
  readonly acts: readonly Act[]
  readonly earlier: Earlier
  /** States, codes, tokens, claims and words that it sent, the newest last. */
  readonly secrets: readonly string[]
  /** What a redirected answer would have been. */
  readonly elsewhere: Answer | undefined
  fault(name: FaultName): void
  twin(name: FaultName): void
  clear(): void
  /** Keeps what was really meant to be sent, for faults that mix up sign-ins or redirect. */
  remember(
    given: { readonly response: URLSearchParams } | { readonly idToken: string } | { readonly elsewhere: Answer },
  ): void
  /** Keeps what was sent, for tests that look where it turns up. */
  sent(given: URLSearchParams | Answer): void
}

const MAX_REMEMBERED = 10
const MAX_SECRETS = 2_000
// Shorter texts would be found by chance.
const MIN_SECRET = 8

/** Starts with everything honest. */
export function createActiveFaults(): ActiveFaults {
  let acts: readonly Act[] = []
  let responses: readonly URLSearchParams[] = []
  let idTokens: readonly string[] = []
  let secrets: readonly string[] = []
  let elsewhere: Answer | undefined
  const keep = (texts: readonly string[]): void => {
    const long = texts.filter((text) => text.length >= MIN_SECRET && !secrets.includes(text))
    secrets = [...secrets, ...long].slice(-MAX_SECRETS)
  }
  return {
    get acts() {
      return acts
    },
    get earlier() {
      return { responses, idTokens }
    },
    get secrets() {
      return secrets
    },
    get elsewhere() {
      return elsewhere
    },
    fault: (name) => void (acts = [...acts, pairOf(name).fault]),
    twin: (name) => void (acts = [...acts, pairOf(name).twin]),
    clear: () => void (acts = []),
    remember(given) {
      if ('response' in given) responses = [...responses, new URLSearchParams(given.response)].slice(-MAX_REMEMBERED)
      else if ('elsewhere' in given) elsewhere = given.elsewhere
      else idTokens = [...idTokens, given.idToken].slice(-MAX_REMEMBERED)
    },
    sent: (given) => keep(given instanceof URLSearchParams ? [...given.values()] : textsOf(given)),
  }
}

function pairOf(name: FaultName): (typeof faultPairs)[FaultName] {
  if (!Object.hasOwn(faultPairs, name)) throw new Error(`The fake provider knows no fault "${name}"`)
  return faultPairs[name]
}

/** The texts in an answer; of a token also its parts, and its claims. */
function textsOf({ json, raw }: Answer): readonly string[] {
  const texts = leaves(json)
  if (typeof raw === 'string') texts.push(...(isToken(raw) ? tokenTexts(raw) : [raw.slice(0, 100)]))
  return texts.flatMap((text) => (isToken(text) ? tokenTexts(text) : [text.slice(0, 2_000)]))
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : []
}

function isToken(text: string): boolean {
  return text.startsWith('ey') && text.includes('.')
}

function tokenTexts(token: string): readonly string[] {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return [token, payload, signature, ...[header, payload].flatMap((part) => leaves(readJson(part)))]
}

function readJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
