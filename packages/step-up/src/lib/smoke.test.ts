import { expect, test } from 'vitest'
import { openWorld } from '../../test/world.ts'
test('x', async () => {
  const world = await openWorld()
  const ann = world.person()
  console.log(await ann.signIn())
  console.log((await ann.enrol()).text)
  console.log((await ann.enrol('totp')).text)
  const r = await ann.post('/transfer', { json: { to: 'x', amount: 1.5 } })
  console.log(r)
  console.log((await ann.prove(r)).text)
  console.log((await ann.post('/transfer', { json: { to: 'x', amount: 1.5 } })).text)
  console.log(
    (await world.events()).map((e) => e.type),
    world.errors,
    world.done,
  )
  console.log(await world.verify())
})
