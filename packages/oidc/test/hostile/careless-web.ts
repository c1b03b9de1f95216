// How the careless client asks the provider.
import type { Check, Demand, Json } from './careless-checks.ts'
import { Refused } from './careless-checks.ts'

/** Something would have gone to an address that is not the provider's. */
export class Lost extends Error {}

/** An answer as text. */
interface Answer {
  readonly type: string
  readonly text: string
}

/** The way out. */
export interface Web {
  json(url: unknown, init?: RequestInit): Promise<Json>
  text(url: unknown, init?: RequestInit): Promise<Answer>
}

/** Where requests may go, and what ends those that would not end by themselves. */
interface Bounds {
  readonly issuer: string
  readonly end: AbortSignal
  /** How long one answer may take. */
  readonly patienceMs: number
}

const MAX_BYTES = 1_048_576
const MAX_DEPTH = 50

/** Makes the way out of a client that leaves some checks out. */
export function createWeb(demand: Demand, without: readonly Check[], { issuer, end, patienceMs }: Bounds): Web {
  const text = async (url: unknown, init: RequestInit = {}): Promise<Answer> => {
    const isHere = String(url).startsWith(`${issuer}/`)
    demand('endpoints', isHere)
    if (!isHere) throw new Lost(String(url))
    const patience = without.includes('time') ? end : AbortSignal.any([end, AbortSignal.timeout(patienceMs)])
    const redirect = without.includes('redirect') ? 'follow' : 'manual'
    try {
      const answer = await fetch(String(url), { ...init, redirect, signal: patience })
      demand('redirect', answer.status < 300 || answer.status >= 400)
      demand('status', answer.status === 200)
      return { type: (answer.headers.get('content-type') ?? '').split(';')[0] ?? '', text: await answer.text() }
    } catch (error) {
      if (patience.aborted) throw new Refused('time')
      throw error
    }
  }
  return {
    text,
    async json(url, init) {
      const answer = await text(url, init)
      demand('content_type', answer.type.includes('json'))
      return parseJson(demand, answer.text)
    },
  }
}

function parseJson(demand: Demand, text: string): Json {
  demand('size', text.length <= MAX_BYTES)
  demand('depth', !text.includes('['.repeat(MAX_DEPTH)))
  const isJson = canParse(text)
  demand('json', isJson)
  return isJson ? readJson(demand, text) : {}
}

/** The members of an object; the careless take a list of one for that one, and of two members the last. */
export function readJson(demand: Demand, text: string): Json {
  const value: unknown = JSON.parse(text)
  demand('shape', !Array.isArray(value))
  // The provider writes JSON without blanks: a member that was lost in reading is missed.
  demand('doubled_member', JSON.stringify(value).length === text.length)
  const [one]: unknown[] = [value].flat()
  return typeof one === 'object' && one !== null ? { ...one } : {}
}

function canParse(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
