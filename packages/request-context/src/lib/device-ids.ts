import type { Keyring } from '@sallyport/keyring'

const MAX_REMEMBERED = 1_000

/** Gives the ids by which devices stand in the ledger. */
export interface DeviceIds {
  /** The id of a device that showed its cookie: remembered for a while, since one page asks for many things. */
  ofKnown(value: string): string | Promise<string>
  /** The id of a device that is only now given a cookie. Most of them never show it. */
  ofNew(value: string): Promise<string>
}

/**
 * Makes what turns the values of device cookies into keyed pseudonyms.
 *
 * @param keyring The keys; for as long as it is in use, a value has one pseudonym.
 * @returns The functions. They reject as the keyring does, and remember no rejection.
 */
export function createDeviceIds(keyring: Pick<Keyring, 'pseudonym'>): DeviceIds {
  const remembered = new Map<string, string>()
  const ofNew = (value: string): Promise<string> => keyring.pseudonym('device', value)
  const ask = async (value: string): Promise<string> => {
    const id = await ofNew(value)
    // Cookies are the client's own choice: whoever sends ever new ones costs others a computation, and no memory.
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    remembered.set(value, id)
    return id
  }
  return { ofNew, ofKnown: (value) => remembered.get(value) ?? ask(value) }
}
