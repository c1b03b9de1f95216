import { KeyringError } from './errors.ts'
import { functionKeyring } from './function-keyring.ts'
import { importKeys } from './keys.ts'
import { localKeyring } from './local-keyring.ts'
import { requireKnownOptions } from './options.ts'
import { systemRandomBytes } from './system.ts'
import type { KeyringFunctions } from './function-keyring.ts'
import type { KeyMaterial } from './keys.ts'
import type { RandomBytes } from './system.ts'
import type { Keyring } from './types.ts'

/** What `createKeyring` takes: `keys` or `functions`, not both. */
export interface KeyringOptions {
  /** At least one key of each purpose, the oldest first; the last of each purpose is used for new values. */
  readonly keys?: readonly KeyMaterial[] | undefined
  /** A key service that never gives its keys away, such as a KMS or an HSM. */
  readonly functions?: KeyringFunctions | undefined
  /** Where nonces come from, with `keys` only; the system's random source if not given. */
  readonly randomBytes?: RandomBytes | undefined
}

/**
 * Makes a keyring of keys that the application holds, or of functions that ask a key service.
 *
 * The key bytes are copied into key objects: the caller may overwrite its own afterwards.
 *
 * @param options `keys` or `functions`
 * @returns the keyring
 * @throws KeyringError `ERR_KEYRING_INPUT` when both or neither is given or an option is unknown, `ERR_KEYRING_KEYS`
 * when a key has a wrong length or id, or a purpose has none
 * @example
 * const keyring = createKeyring({ keys: await secretStore.keys() })
 */
export function createKeyring(options: KeyringOptions): Keyring {
  requireKnownOptions(options, ['keys', 'functions', 'randomBytes'])
  const { keys, functions, randomBytes } = options
  if (keys !== undefined && functions === undefined) {
    return localKeyring(importKeys(keys), randomBytes ?? systemRandomBytes)
  }
  if (functions !== undefined && keys === undefined && randomBytes === undefined) return functionKeyring(functions)
  throw new KeyringError('ERR_KEYRING_INPUT', 'Give either keys (with or without randomBytes) or functions.')
}
