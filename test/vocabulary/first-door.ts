import { withBench } from '../../packages/audit/test/bench.ts'
import { MFA, openTwoProviders } from '../../packages/oidc/test/two-providers-world.ts'
import { signIn, startWorld } from '../../packages/oidc/test/world.ts'
import type { Scene } from './scene.ts'

/** A login that succeeds, one that does not, a logout, and a login with a key that the provider has made meanwhile. */
export const firstDoor: Scene = async () => {
  let recorded: Awaited<ReturnType<Scene>> = []
  await withBench(async ({ store, keyring, open, events }) => {
    const audit = await open()
    const world = await startWorld({ store, keyring, audit })
    const browser = world.browser()
    await signIn(world, browser)
    await browser.get('/')
    await browser.post('/auth/logout', {})
    await world.browser().get('/auth/callback?state=none&code=none')
    world.provider.rotateKeys()
    await signIn(world, world.browser())
    await audit.settle()
    recorded = await events()
    await world.close()
  })
  return recorded
}

/** An identity at a second provider that is linked to a person, and taken off again. */
export const linking: Scene = async () => {
  let recorded: Awaited<ReturnType<Scene>> = []
  await withBench(async ({ store, keyring, open, events }) => {
    const audit = await open()
    const world = await openTwoProviders({ store, keyring, audit, linking: true, work: { acrValues: [MFA] } })
    const visitor = world.visitor()
    await visitor.signIn('work')
    const page = await visitor.link('home')
    await visitor.browser.submit(page.form('/unlink'))
    await audit.settle()
    recorded = await events()
    await world.close()
  })
  return recorded
}
