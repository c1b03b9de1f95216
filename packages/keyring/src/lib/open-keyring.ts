import { realpath } from 'node:fs/promises'
import { formatKeyFile, generateKey, parseKeyFile } from './key-file.ts'
import { KeyringError } from './errors.ts'
import { importKeys, PURPOSES } from './keys.ts'
import { localKeyring } from './local-keyring.ts'
import { requireKnownOptions } from './options.ts'
import { createPrivateFile, readPrivateFile, replacePrivateFile } from './private-file.ts'
import { systemClock, systemRandomBytes } from './system.ts'
import type { Clock, RandomBytes } from './system.ts'
import type { Keyring, KeyPurpose } from './types.ts'

/** What the functions of a key file take. */
export interface KeyFileOptions {
  /** Where keys, key ids and nonces come from; the system's random source if not given. */
  readonly randomBytes?: RandomBytes | undefined
  /** Where the time of `createdAt` comes from; the system's clock if not given. */
  readonly clock?: Clock | undefined
}

/**
 * Opens the keyring of a key file.
 *
 * Refuses a file that another user of the machine could read or write: the keys in it would have to be taken for
 * known. The file is read once; open it again after a rotation.
 *
 * @param path the file that `createKeyFile` made, from configuration; a symbolic link is followed
 * @param options where randomness comes from
 * @returns the keyring
 * @throws KeyringError `ERR_KEYRING_FILE_MISSING`, `ERR_KEYRING_FILE_EXPOSED` (the message gives the command that
 * helps), `ERR_KEYRING_FILE_DAMAGED`, `ERR_KEYRING_FILE_UNAVAILABLE`, `ERR_KEYRING_INPUT` on an unknown option
 * @example
 * const keyring = await openKeyring('/etc/bank/keys.json')
 */
export async function openKeyring(path: string, options: KeyFileOptions = {}): Promise<Keyring> {
  const { randomBytes } = resolve(options)
  const keys = parseKeyFile(await readPrivateFile(path))
  return localKeyring(importKeys(keys), randomBytes)
}

/**
 * Creates a key file with one key for each purpose, readable by this user only.
 *
 * @param path where; nothing may be there yet, its directory must be
 * @param options where randomness and time come from
 * @throws KeyringError `ERR_KEYRING_FILE_EXISTS`, `ERR_KEYRING_FILE_MISSING` when there is no such directory,
 * `ERR_KEYRING_FILE_UNAVAILABLE`, `ERR_KEYRING_INPUT` on an unknown option
 */
export async function createKeyFile(path: string, options: KeyFileOptions = {}): Promise<void> {
  const { randomBytes, clock } = resolve(options)
  const at = clock.now()
  const keys = PURPOSES.map((purpose) => generateKey(purpose, at, randomBytes))
  await createPrivateFile(path, Buffer.from(randomBytes(6)).toString('hex'), formatKeyFile(keys))
}

/**
 * Adds a new key of one purpose to a key file. From the next `openKeyring` on it is the one that seals, names or signs;
 * the older ones keep unsealing, finding and verifying.
 *
 * At most one rotation of a file happens at a time, and the file is at every instant either the old or the new one.
 *
 * @param path the key file
 * @param purpose which key to renew
 * @param options where randomness and time come from
 * @returns the new key's id
 * @throws KeyringError as `openKeyring`, and `ERR_KEYRING_FILE_BUSY` while another rotation is under way
 */
export async function rotateKey(path: string, purpose: KeyPurpose, options: KeyFileOptions = {}): Promise<string> {
  const { randomBytes, clock } = resolve(options)
  if (!PURPOSES.includes(purpose)) {
    throw new KeyringError('ERR_KEYRING_INPUT', `A key is for ${PURPOSES.join(', ')}; there is no other purpose.`)
  }
  const added = generateKey(purpose, clock.now(), randomBytes)
  // Behind a link is the file to replace; renaming onto the link would leave the file as it was.
  const target = await realpath(path).catch(() => path)
  await replacePrivateFile(target, async () => formatKeyFile([...parseKeyFile(await readPrivateFile(target)), added]))
  return added.id
}

/**
 * Removes every sign key but the newest from a key file. From the next `openKeyring` on the older ones can sign no more;
 * what they signed is verified by their public keys, which the ledger's key manifest keeps.
 *
 * Do so when every process has been started with the newer key. Keys that seal or name are never removed: what they
 * made could not be opened or found any more.
 *
 * @param path the key file
 * @param options where randomness comes from
 * @returns the ids of the keys that were removed, the oldest first
 * @throws KeyringError as `rotateKey`
 */
export async function retireSignKeys(path: string, options: KeyFileOptions = {}): Promise<readonly string[]> {
  resolve(options)
  const target = await realpath(path).catch(() => path)
  const retired: string[] = []
  await replacePrivateFile(target, async () => {
    const keys = parseKeyFile(await readPrivateFile(target))
    const newest = keys.findLast((key) => key.purpose === 'sign')
    const kept = keys.filter((key) => key.purpose !== 'sign' || key === newest)
    retired.push(...keys.filter((key) => !kept.includes(key)).map((key) => key.id))
    return formatKeyFile(kept)
  })
  return retired
}

function resolve(options: KeyFileOptions): { readonly randomBytes: RandomBytes; readonly clock: Clock } {
  requireKnownOptions(options, ['randomBytes', 'clock'])
  return { randomBytes: options.randomBytes ?? systemRandomBytes, clock: options.clock ?? systemClock }
}
