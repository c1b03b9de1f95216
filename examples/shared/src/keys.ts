import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'

import { createKeyFile, KeyringError, openKeyring, type Keyring } from '@sallyport/keyring'
import { formatVerifierKey } from '@sallyport/tlog/note'

import { StartError, type Settings } from './settings.ts'

/** Opens the private key file, or makes it at the first start, and publishes the ledger's verifier keys beside it. */
export async function openKeys(settings: Settings, origin: string): Promise<Keyring> {
  const path = settings.file('keys.json')
  const keyring = await openKeyring(path).catch(async (error: unknown) => {
    if (!(error instanceof KeyringError)) throw error
    // Only a first start makes keys: for a ledger that is there, new ones would be the wrong ones.
    const isFirstStart = !['sallyport.db', 'subjects.db', 'checkpoint', 'log.pub'].some((name) =>
      existsSync(settings.file(name)),
    )
    if (error.code !== 'ERR_KEYRING_FILE_MISSING' || !isFirstStart) {
      throw new StartError(`${path}: ${error.message}`)
    }
    await createKeyFile(path)
    return await openKeyring(path)
  })
  await publishLogKey(settings.file('log.pub'), keyring, origin)
  return keyring
}

/** Whoever has this file can verify the ledger without trusting the machine that wrote it. Keys are added, never taken away. */
async function publishLogKey(path: string, keyring: Keyring, origin: string): Promise<void> {
  const published = await readFile(path, 'utf8').catch(() => '')
  const keys = (await keyring.publicKeys()).map((key) => formatVerifierKey(origin, key))
  const added = keys.filter((key) => !published.split('\n').includes(key))
  if (added.length > 0) await writeFile(path, `${published}${added.map((key) => `${key}\n`).join('')}`)
}
