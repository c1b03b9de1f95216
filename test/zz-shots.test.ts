import { test } from 'vitest'
import type { Page } from 'playwright-core'
import { launchChromium } from './setup/browser.ts'
import { openWorld } from './two-providers/world.ts'
import { judgeByAxe } from './pages/axe.ts'

const LOOKS = [
  { name: 'light', look: { colorScheme: 'light', viewport: { width: 1000, height: 700 } } },
  { name: 'dark320', look: { colorScheme: 'dark', viewport: { width: 320, height: 640 } } },
] as const

test('shots', async () => {
  const chromium = await launchChromium()
  for (const { name, look } of LOOKS) {
    const world = await openWorld()
    const context = await chromium.newContext(look)
    const page = await context.newPage()
    page.on('console', (m) => console.log(name, 'console:', m.text()))
    page.on('pageerror', (m) => console.log(name, 'pageerror:', String(m)))
    let n = 0
    const shot = async (what: string, p: Page = page) => {
      n += 1
      await p.screenshot({ path: `/tmp/shots-oidc/${String(n).padStart(2, '0')}-${what}-${name}.png`, fullPage: true })
      const width = await p.evaluate<number>('document.documentElement.scrollWidth')
      console.log(name, what, p.url().slice(0, 70), width, JSON.stringify(await judgeByAxe(p)).slice(0, 600))
    }
    await page.goto(world.url); await shot('welcome')
    await page.getByRole('link', { name: 'Sign in' }).click(); await shot('chooser')
    await page.getByRole('link', { name: 'Work' }).click(); await shot('work-sign-in')
    await page.getByLabel('User name').fill('ada'); await page.getByLabel('Password').fill('difference-engine')
    await page.getByRole('button', { name: 'Sign in' }).click(); await shot('home')
    await page.goto(`${world.url}/board`); await shot('board')
    await page.getByLabel('Notice').fill('Tea at four'); await page.getByRole('button', { name: 'Pin it' }).click(); await shot('challenge')
    const challenge = page.url()
    await page.getByRole('link', { name: /Sign in again/ }).click(); await shot('work-code')
    await page.getByRole('button', { name: 'Cancel' }).click(); await shot('step-up-cancelled')
    await page.goto(challenge)
    await page.getByRole('link', { name: /Sign in again/ }).click()
    await page.getByLabel('User name').fill('ada'); await page.getByLabel('Password').fill('difference-engine'); await page.getByLabel('Code').fill('181543')
    await page.getByRole('button', { name: 'Sign in' }).click(); await shot('summary')
    await page.getByRole('button', { name: 'Confirm and continue' }).click(); await shot('pinned')
    await page.goto(`${world.url}/auth/links`); await shot('links-empty')
    await page.getByRole('button', { name: 'Home' }).click(); await shot('home-sign-in')
    await page.getByLabel('User name').fill('augusta'); await page.getByLabel('Password').fill('open-sesame')
    await page.getByRole('button', { name: 'Sign in' }).click(); await shot('links')
    await page.getByRole('button', { name: 'Home', exact: true }).click(); await shot('link-own')
    await page.goBack(); await shot('back')
    await page.goto(world.url); await page.getByRole('button', { name: 'Sign out' }).click(); await shot('sign-out')
    await page.getByRole('button', { name: 'Sign out' }).click(); await shot('after-sign-out')
    // stale etc.
    let cb = ''
    page.on('request', (r) => { if (r.url().includes('/callback?')) cb = r.url() })
    await page.goto(`${world.url}/auth/home/login`); await shot('home-again')
    await page.goBack(); await page.goto(`${world.url}/auth/home/login?return_to=/board`)
    console.log(page.url())
    await page.goto(cb); await shot('callback-reload-signed-in')
    const other = await chromium.newContext(look); const op = await other.newPage()
    await op.goto(cb); await shot('callback-elsewhere', op)
    await op.goto(`${world.url}/auth/home/login`); await op.getByRole('button', { name: 'Cancel' }).click(); await shot('denied', op)
    await world.home.stop()
    await op.goto(`${world.url}/auth/nobody/login`); await shot('unknown-provider', op)
    const w2 = await openWorld(); await w2.work.stop(); await op.goto(`${w2.url}/auth/work/login`); await shot('provider-down', op); await w2.close()
    await world.home.start()
    const third = await chromium.newContext(look); const tp = await third.newPage()
    await tp.goto(`${world.url}/auth/home/login?return_to=/board`)
    await tp.getByLabel('User name').fill('mary'); await tp.getByLabel('Password').fill('open-sesame'); await tp.getByRole('button', { name: 'Sign in' }).click()
    await tp.getByLabel('Notice').fill('Tea at five'); await tp.getByRole('button', { name: 'Pin it' }).click(); await shot('home-challenge', tp)
    await tp.getByRole('link', { name: /Sign in again/ }).click(); await shot('home-too-weak', tp)
    await tp.getByRole('link').first().click(); await shot('home-challenge-again', tp)
    await world.close()
  }
  await chromium.close()
}, 120000)
