import { createServer } from 'node:http'

import { describe, expect, onTestFinished, test } from 'vitest'

import { openWorld } from '../packages/step-up/test/world.ts'
import { totpCode } from '../packages/step-up/test/totp-code.ts'
import { launchChromium } from './setup/browser.ts'

/** Another origin: where people pay. */
async function openPayments(): Promise<string> {
  const server = createServer((_req, res) => void res.setHeader('content-type', 'text/html').end('<title>Pay</title>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return `http://localhost:${typeof address === 'object' ? address?.port : ''}/pay`
}

describe('a route that goes on to another origin', () => {
  test('WEB-10 is reached from the second door: by a page’s way back, and by a kept form', async () => {
    const pay = await openPayments()
    const world = await openWorld({
      routes: (app, { stepUp, world: { done } }) => {
        const leave = (what: string) => (_req: unknown, res: { redirect(status: number, url: string): void }) => {
          done.push(what)
          res.redirect(303, pay)
        }
        app.get('/download', stepUp.requireStepUp({ name: 'download' }), leave('download'))
        app.get(
          '/cart',
          (_req, res) =>
            void res.type('html').send('<form method="post" action="/checkout"><button>Buy</button></form>'),
        )
        const action = stepUp.requireStepUp({ action: () => ({ name: 'checkout', show: {} }) })
        app.post('/checkout', action, leave('checkout'))
      },
    })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')
    world.clock.advance(400_000)
    const browser = await launchChromium()
    onTestFinished(() => browser.close())
    const page = await (await browser.newContext()).newPage()
    const cookies = ann.cookieHeader.split('; ').map((pair) => ({
      name: pair.slice(0, pair.indexOf('=')),
      value: pair.slice(pair.indexOf('=') + 1),
      url: world.url,
    }))
    await page.context().addCookies(cookies)
    const confirm = async (): Promise<void> => {
      await page.fill('#code', totpCode(ann.secret('totp'), world.clock.now()))
      await page.click('button.main')
    }

    await page.goto(`${world.url}/download`)
    await confirm()
    await page.waitForURL(pay)
    world.clock.advance(30_000)
    await page.goto(`${world.url}/cart`)
    await page.click('button')
    await confirm()
    await page.click('button.main')
    await page.waitForURL(pay)

    expect(world.done).toEqual(['download', 'checkout'])
  })
})
