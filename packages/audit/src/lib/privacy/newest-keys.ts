import type { Keyring } from '@sallyport/keyring'

/**
 * Gives the ids of the keys that seal and name from now on, by the settings' names. A key service names its seal keys for
 * itself alone: there is none to be seen.
 */
export async function newestKeyIds(keyring: Keyring): Promise<{
  readonly 'keyring.pseudonym': string | undefined
  readonly 'keyring.seal': string | undefined
}> {
  const pseudonym = await keyring.pseudonym('audit.newest', '?')
  const sealed = keyIdOf(await keyring.seal('audit.newest', Buffer.from('?')))
  return { 'keyring.pseudonym': keyIdOf(pseudonym), 'keyring.seal': sealed === 'service' ? undefined : sealed }
}

/** The part of a sealed text or a pseudonym that names its key. */
export function keyIdOf(text: string): string {
  return text.split('.', 1)[0] ?? ''
}
