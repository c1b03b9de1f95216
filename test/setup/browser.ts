import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { findChromium } from './find-chromium.ts'

const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts the headless Chromium that `ensure-chromium.ts` found or installed; the caller closes it.
 *
 * @returns the running browser, which reaches out to nothing but the pages it is given.
 * @throws Error when there is none, naming the command that installs one.
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('No Chromium: run `node test/setup/ensure-chromium.ts` first.')
  // Chromium's own sandbox refuses to start for root, as whom containers usually run.
  const args = process.getuid?.() === 0 ? [...ARGUMENTS, '--no-sandbox'] : ARGUMENTS
  return chromium.launch({ executablePath, args })
}
