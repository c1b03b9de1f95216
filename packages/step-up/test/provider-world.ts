import { event, type PendingEvent } from '@sallyport/audit'
import type { Write } from '@sallyport/store'
import { totp } from '@sallyport/totp'
import type { Express } from 'express'

import { doing } from './app.ts'
import { keyFactor } from './key-factor.ts'
import type { Person, Reply } from './person.ts'
import { providerFactor, tokenFor, type Said } from './provider-factor.ts'
import { openWorld, type Instance, type World, type WorldOptions } from './world.ts'

const MINUTE = 60_000

/** What goes to the application's callback from the provider. */
export interface Sent {
  readonly stepUp: string
  readonly input: Readonly<Record<string, string>>
  readonly writes?: readonly Write[]
}

/** The challenge of a step-up, as the application's script sees it. */
export interface Asked {
  readonly stepUp: string
  readonly url: string
  readonly nonce: string
  readonly challenge: Reply
}

/** A world in which people may prove themselves at the provider by which they have signed in. */
export async function openProviderWorld(options: WorldOptions = {}): Promise<World> {
  return await openWorld({
    ...options,
    stepUp: { factors: [providerFactor(), totp(), keyFactor()], ...options.stepUp },
    routes: (app, parts) => {
      addProviderRoutes(app, parts)
      options.routes?.(app, parts)
    },
  })
}

/** A person who signed in a while ago, so that the login itself is no fresh proof any more. */
export async function signedInBefore(world: World, user = 'ann'): Promise<Person> {
  const person = world.person()
  await person.signIn(user)
  world.clock.advance(10 * MINUTE)
  return person
}

/** Sends a request that needs a proof at the provider, and opens the challenge. */
export async function askedAt(person: Person, path = '/again', json: unknown = {}): Promise<Asked> {
  const refusal = await person.post(path, { json })
  const url = String(refusal.body['challengeUrl'])
  const challenge = await person.get(`${url}?factor=oidc`)
  const stepUp = String(refusal.body['stepUp'])
  return { stepUp, url, nonce: nonceOf(challenge), challenge }
}

/** Comes back from the provider with what it said. */
export async function comeBack(person: Person, { stepUp, nonce }: Asked, said: Said): Promise<Reply> {
  return await person.post('/callback', { json: { stepUp, input: tokenFor(nonce, said) } satisfies Sent })
}

/** Goes the whole way to the provider and back. */
export async function proveAt(person: Person, said: Said, path = '/again'): Promise<Reply> {
  return await comeBack(person, await askedAt(person, path), said)
}

function addProviderRoutes(app: Express, { stepUp, world }: Instance): void {
  const { requireStepUp } = stepUp
  const action = (): { readonly name: string; readonly show: Readonly<Record<string, string>> } => {
    return { name: 'pay', show: { Amount: '5' } }
  }
  app.post('/again', requireStepUp({ name: 'again', anyOf: ['oidc'] }), doing(world, 'again'))
  app.post('/high', requireStepUp({ name: 'high', anyOf: ['oidc'], acr: ['high'] }), doing(world, 'high'))
  app.post('/middle', requireStepUp({ name: 'middle', anyOf: ['oidc'], acr: ['middle'] }), doing(world, 'middle'))
  app.post('/pay', requireStepUp({ name: 'pay', anyOf: ['oidc'], action }), doing(world, 'pay'))
  if (world.core.factors.has('totp'))
    app.post('/both-ways', requireStepUp({ name: 'both-ways', allOf: ['oidc', 'totp'] }), doing(world, 'both-ways'))
  app.post('/callback', async (req, res) => {
    const { stepUp: id, input, writes }: Sent = req.body
    res.json(await stepUp.answer(req, { stepUp: id, factor: 'oidc', input, events: [validated()], writes }))
  })
}

/** What the first door has to tell of what it got. */
function validated(): PendingEvent {
  return event('oidc.token.validated', { outcome: 'success', data: { issuer: 'https://idp.example', token: 'id' } })
}

function nonceOf({ body }: Reply): string {
  const view: unknown = body['view']
  const [block]: readonly unknown[] = Array.isArray(view) ? view : []
  const url: unknown = typeof block === 'object' && block !== null ? Reflect.get(block, 'url') : undefined
  return new URL(String(url), 'http://bank.example').searchParams.get('nonce') ?? ''
}
