import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { servePages } from '../pages/page-server.ts'
import { SAMPLES } from '../pages/samples.ts'
import { launchChromium } from '../setup/browser.ts'
import { ROOT } from '../setup/workspace.ts'
import { contactSheet } from './contact-sheet.ts'

// `pnpm screenshots`: pictures of every page in every state, for people to look at.

const FOLDER = join(ROOT, 'screenshots')
const SHAPES = [
  { name: 'phone', viewport: { width: 390, height: 780 } },
  { name: 'desktop', viewport: { width: 1_100, height: 800 } },
] as const
const SCHEMES = ['light', 'dark'] as const

const looks = SHAPES.flatMap((shape) => SCHEMES.map((scheme) => ({ ...shape, scheme })))

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER)
const server = await servePages(SAMPLES)
const chromium = await launchChromium()
for (const look of looks) await picture(chromium, look)
await picturePrint(chromium)
await chromium.close()
await server.close()
const columns = looks.map(({ name, scheme }) => `${name}-${scheme}`)
writeFileSync(join(FOLDER, 'index.html'), contactSheet([...SAMPLES.keys()], columns))
process.stdout.write(`${SAMPLES.size} pages in ${columns.length} looks: ${join(FOLDER, 'index.html')}\n`)

async function picture(browser: Browser, { name, viewport, scheme }: (typeof looks)[number]): Promise<void> {
  const page = await browser.newPage({ viewport, colorScheme: scheme, locale: 'en-GB' })
  for (const sample of SAMPLES.keys()) {
    await page.goto(`${server.url}/${sample}`)
    await page.screenshot({ path: join(FOLDER, `${sample}-${name}-${scheme}.png`), fullPage: true })
  }
  await page.close()
}

/** How the recovery codes look on paper, and one page in German. */
async function picturePrint(browser: Browser): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 800, height: 1_100 }, locale: 'de-CH' })
  await page.goto(`${server.url}/authenticators`)
  await page.screenshot({ path: join(FOLDER, 'authenticators-german.png'), fullPage: true })
  await page.emulateMedia({ media: 'print' })
  await page.goto(`${server.url}/enrolment-recovery-codes`)
  await page.screenshot({ path: join(FOLDER, 'enrolment-recovery-codes-print.png'), fullPage: true })
  await page.close()
}
