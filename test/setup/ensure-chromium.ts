import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { findChromium, NOTED_PATH } from './find-chromium.ts'

// Run before the tests: finds a headless Chromium, or installs one where there is none.

const DOWNLOAD_LIMIT_MS = 120_000
const CONNECT_LIMIT_MS = 4_000
const PACKAGES_LIMIT_MS = 600_000

const found = findChromium() ?? download() ?? installPackage()
if (found === undefined) {
  console.error('No Chromium found and none could be installed: install chromium, or set CHROMIUM_PATH to one.')
  process.exitCode = 1
} else {
  writeFileSync(NOTED_PATH, `${found}\n`)
  console.log(`Chromium for the tests: ${found}`)
}

/** Quiet when it fails: behind a firewall that is the normal case, and the next way is tried. */
function download(): string | undefined {
  console.log('No Chromium here yet: downloading one with Playwright.')
  const command = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
  spawnSync(process.execPath, [command, 'install', 'chromium', '--only-shell', '--no-progress'], {
    env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: String(CONNECT_LIMIT_MS) },
    stdio: 'ignore',
    timeout: DOWNLOAD_LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  return findChromium()
}

function installPackage(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return undefined
  console.log('Installing the chromium package of this system.')
  apt('update')
  apt('install', '-y', '--no-install-recommends', 'chromium')
  return findChromium()
}

function apt(...command: readonly string[]): void {
  const run = spawnSync('apt-get', ['-q', ...command], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    timeout: PACKAGES_LIMIT_MS,
  })
  if (run.status !== 0)
    console.error(`apt-get ${command.join(' ')} failed: ${run.stderr.trim().split('\n').at(-1) ?? ''}`)
}
