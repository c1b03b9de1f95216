import { withBench } from '../../packages/audit/test/bench.ts'
import { signIn, startWorld } from '../../packages/oidc/test/world.ts'
import type { Scene } from './scene.ts'

/** A login that succeeds, one that does not, and a logout. */
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
    await audit.settle()
    recorded = await events()
    await world.close()
  })
  return recorded
}
