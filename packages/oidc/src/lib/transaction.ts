import type { Asked, Secrets } from './protocol/protocol.ts'

/** All that one sign-in has to remember between leaving for the provider and coming back. */
export interface Transaction extends Secrets, Asked {
  readonly issuer: string
  readonly lineage: string
  readonly flow: string
  /** A checked path of this application. */
  readonly returnTo: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

const TEXTS = ['state', 'nonce', 'verifier', 'issuer', 'lineage', 'flow', 'returnTo'] as const

/** Writes a transaction as bytes, to be sealed. */
export function formatTransaction(transaction: Transaction): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(transaction))
}

/** The inverse of `formatTransaction`; `undefined` for anything else, though only our own key can have sealed it. */
export function parseTransaction(bytes: Uint8Array): Transaction | undefined {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
  return isTransaction(value) ? value : undefined
}

function isTransaction(value: unknown): value is Transaction {
  if (typeof value !== 'object' || value === null) return false
  const of = (name: string): unknown => Reflect.get(value, name)
  const acrValues = of('acrValues')
  return (
    TEXTS.every((name) => typeof of(name) === 'string') &&
    Number.isSafeInteger(of('startedAt')) &&
    (of('prompt') === undefined || typeof of('prompt') === 'string') &&
    (of('maxAge') === undefined || Number.isSafeInteger(of('maxAge'))) &&
    (acrValues === undefined || (Array.isArray(acrValues) && acrValues.every((one) => typeof one === 'string')))
  )
}
