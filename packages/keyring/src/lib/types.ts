/** What a key is for. A key made for one purpose is never used for another. */
export type KeyPurpose = 'seal' | 'pseudonym' | 'sign'

/**
 * The keys of one installation, asked by purpose. `openKeyring` reads them from a private file, `createKeyring` asks
 * functions (a KMS, an HSM). Methods reject with a `KeyringError`.
 *
 * A `context` names what a value is for, such as `step-up.stash`: sealed values and pseudonyms of one context mean
 * nothing in another, so that a cookie can never stand in for a session or a stash for a secret.
 */
export interface Keyring {
  /** Encrypts and authenticates bytes (AES-256-GCM) under the newest seal key; the text names the key and is safe in cookies. */
  seal(context: string, plaintext: Uint8Array): Promise<string>
  /**
   * The inverse of `seal`, under whichever seal key made it. Rejects with `ERR_KEYRING_UNSEAL`, saying nothing of why, or with
   * `ERR_KEYRING_UNAVAILABLE` when a key service cannot be asked: then nobody knows whether the value is good.
   */
  unseal(context: string, sealed: string): Promise<Uint8Array>
  /** Gives the keyed pseudonym (HMAC-SHA-256, 128 bits) of a value under the newest pseudonym key: `<key id>.<base64url>`. */
  pseudonym(context: string, value: string): Promise<string>
  /** The pseudonyms of a value under every pseudonym key, the newest first: for searches that span rotations. */
  pseudonyms(context: string, value: string): Promise<readonly string[]>
  /**
   * Signs with the newest sign key, or with the one of a public key (Ed25519, RFC 8032); 64 bytes. Rejects with
   * `ERR_KEYRING_KEYS` when there is no such key. An older key is asked for once: to vouch for the one that follows it.
   */
  sign(message: Uint8Array, publicKey?: Uint8Array): Promise<Uint8Array>
  /** The raw Ed25519 public keys, 32 bytes each, the newest (the one that `sign` uses) first. */
  publicKeys(): Promise<readonly Uint8Array[]>
}
