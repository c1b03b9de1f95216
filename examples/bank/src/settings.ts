import { isIP } from 'node:net'
import { join } from 'node:path'

import {
  readPort,
  readSettings as readCommon,
  StartError,
  type Settings as CommonSettings,
} from '@sallyport-examples/shared'

/** Where the example runs and keeps its data. */
export interface Settings extends CommonSettings {
  readonly idpPort: number
  /** What Express takes as its setting of this name: whose `X-Forwarded-For` is believed. */
  readonly trustProxy: number | readonly string[] | false
}

/** Reads `PORT`, `IDP_PORT`, `HOST`, `DATA_DIR` and `TRUST_PROXY`, and makes sure that the data folder can be written. */
export async function readSettings(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const common = await readCommon(environment, join(import.meta.dirname, '..'))
  return {
    ...common,
    idpPort: readPort('IDP_PORT', environment['IDP_PORT'] ?? '3001'),
    trustProxy: readTrustProxy(environment['TRUST_PROXY'] ?? ''),
  }
}

/** The number of proxies in front, or their addresses; never everybody. */
function readTrustProxy(text: string): Settings['trustProxy'] {
  if (text === '') return false
  if (/^[1-9]$/.test(text)) return Number(text)

  const addresses = text.split(',').map((address) => address.trim())
  if (addresses.every((address) => address === 'loopback' || isIP(address.replace(/\/[0-9]{1,3}$/, '')) !== 0))
    return addresses
  throw new StartError(
    `TRUST_PROXY is a number of proxies from 1 to 9, or their addresses such as loopback or 10.0.0.0/8, not ${JSON.stringify(text)}.`,
  )
}
