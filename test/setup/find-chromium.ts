import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { chromium } from 'playwright-core'

/** Where `ensure-chromium.ts` notes the path of the browser it found or installed; not committed. */
export const NOTED_PATH: string = join(import.meta.dirname, '..', '.chromium')

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome-headless-shell']
const MAC_APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const EXECUTABLES = ['chrome', 'chrome-headless-shell', 'headless_shell']

/**
 * Finds a Chromium that starts: the one named by CHROMIUM_PATH, the one noted by an earlier run, one on PATH, or one
 * that Playwright has downloaded. Installs nothing.
 *
 * @returns the path of the executable, or `undefined` when there is none.
 */
export function findChromium(): string | undefined {
  return candidates().find((path) => existsSync(path) && starts(path))
}

function candidates(): readonly string[] {
  const named = process.env['CHROMIUM_PATH']
  const noted = existsSync(NOTED_PATH) ? readFileSync(NOTED_PATH, 'utf8').trim() : undefined
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const system = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)))
  return [named, noted, ...system, ...MAC_APPLICATIONS, ...downloaded()].filter((path) => path !== undefined)
}

/** Playwright keeps each browser in `<cache>/chromium…-<revision>/<platform>/<executable>`. */
function downloaded(): readonly string[] {
  const cache = dirname(dirname(dirname(chromium.executablePath())))
  return foldersIn(cache)
    .filter((name) => name.startsWith('chromium'))
    .flatMap((name) => foldersIn(join(cache, name)).map((platform) => join(cache, name, platform)))
    .flatMap((folder) => EXECUTABLES.map((executable) => join(folder, executable)))
}

function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

/** A file that is there may still be a stub or lack its libraries, so it is asked for its version. */
function starts(path: string): boolean {
  const run = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 })
  return run.status === 0 && /\d+\.\d+/.test(run.stdout)
}
