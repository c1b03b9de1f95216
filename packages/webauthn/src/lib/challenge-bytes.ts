import { createHash } from 'node:crypto'
import { sameBytes } from './base64url.ts'
import { WebAuthnError } from './errors.ts'

/** The random part of every challenge; what binds an action follows it. */
export const RANDOM_BYTES = 32
const DIGEST_BYTES = 32

/**
 * Makes a challenge: 32 random bytes and, for a bound action, the SHA-256 of the UTF-8 text of its digest (64 bytes in all).
 *
 * The authenticator signs a hash over the challenge, so who holds the assertion can prove for which action it was given.
 *
 * @param randomBytes The injected generator.
 * @param action The digest of the bound action as text, or `null` when no action is bound.
 * @returns The bytes.
 * @throws WebAuthnError `ERR_WEBAUTHN_RANDOM` when the generator gives another number of bytes than asked.
 */
export function makeChallenge(randomBytes: (size: number) => Uint8Array, action: string | null): Uint8Array {
  const random = takeRandom(randomBytes, RANDOM_BYTES)
  return action === null ? new Uint8Array(random) : new Uint8Array(Buffer.concat([random, actionHash(action)]))
}

/**
 * Tells whether a challenge was made for an action.
 *
 * @param challenge The bytes of a challenge.
 * @param action The digest of an action as text, or `null`.
 * @returns `true` only when the challenge has the length and the ending that `makeChallenge` gives it for this action.
 */
export function isChallengeFor(challenge: Uint8Array, action: string | null): boolean {
  if (action === null) return challenge.length === RANDOM_BYTES
  if (challenge.length !== RANDOM_BYTES + DIGEST_BYTES) return false
  return sameBytes(challenge.subarray(RANDOM_BYTES), actionHash(action))
}

/** Takes random bytes from the injected generator, or throws `ERR_WEBAUTHN_RANDOM` when it gives another number of them. */
export function takeRandom(randomBytes: (size: number) => Uint8Array, size: number): Uint8Array {
  const bytes = randomBytes(size)
  if (bytes.length === size) return bytes
  throw new WebAuthnError('ERR_WEBAUTHN_RANDOM', 'The randomBytes given to webauthn returned another number of bytes.')
}

function actionHash(action: string): Uint8Array {
  return createHash('sha256').update(action, 'utf8').digest()
}
