// Everything that otplib does for us; no other file knows it.

import { NodeCryptoPlugin } from '@otplib/plugin-crypto-node'
import { ScureBase32Plugin, verifySync } from 'otplib'
import type { HashAlgorithm } from 'otplib'
import type { TotpAlgorithm } from './options.ts'

/** Seconds of one time step: RFC 6238 §5.2 recommends 30, ASVS 6.5.5 allows no more, most apps know nothing else. */
export const STEP_SECONDS = 30

const base32 = new ScureBase32Plugin()
// Node's own HMAC: half the time of the one in JavaScript.
const crypto = new NodeCryptoPlugin()

const HASHES: Readonly<Record<TotpAlgorithm, HashAlgorithm>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-512': 'sha512',
}

/** A code to look for, and where. */
export interface CodeSearch {
  readonly secret: Uint8Array
  readonly algorithm: TotpAlgorithm
  /** Controlled by the browser; only digits, as many as the authenticator shows. */
  readonly code: string
  /** Milliseconds since the epoch, by the server's clock. */
  readonly now: number
  /** Steps before and after the current one that count too. */
  readonly window: 0 | 1
}

/**
 * Writes a secret in base32 (RFC 4648 §6), upper-case and without padding, as authenticator apps take it.
 *
 * @param secret The raw bytes.
 * @returns The text.
 */
export function encodeSecret(secret: Uint8Array): string {
  return base32.encode(secret, { padding: false })
}

/**
 * Reads a secret back: the inverse of `encodeSecret`, strict.
 *
 * @param text Base32, upper-case, unpadded.
 * @returns The raw bytes, or `undefined` when `encodeSecret` writes no bytes that way.
 */
export function decodeSecret(text: string): Uint8Array | undefined {
  try {
    const secret = base32.decode(text)
    return encodeSecret(secret) === text ? secret : undefined
  } catch {
    return undefined
  }
}

/**
 * Finds the time step whose code this is. The comparison takes the same time for every wrong code.
 *
 * When a code belongs to two steps of the window, the earlier one is found, so that a code used for it stays used.
 *
 * @param search The code, the secret and the time.
 * @returns The step (seconds since the epoch divided by 30), or `undefined` when the code belongs to none.
 * @see RFC 6238 §4.2, §5.2
 */
export function findStep(search: CodeSearch): number | undefined {
  const epoch = Math.floor(search.now / 1000)
  const found = verifySync({
    crypto,
    secret: search.secret,
    token: search.code,
    algorithm: HASHES[search.algorithm],
    digits: search.code.length === 8 ? 8 : 6,
    period: STEP_SECONDS,
    epoch,
    epochTolerance: search.window * STEP_SECONDS,
  })
  return found.valid ? Math.floor(epoch / STEP_SECONDS) + found.delta : undefined
}
