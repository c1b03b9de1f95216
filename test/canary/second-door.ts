import type { BrowserPage } from '@sallyport/testing'

import { LIMITS } from '../../packages/step-up/src/lib/limits.ts'
import { signedIn } from './first-door.ts'
import type { Person } from './person.ts'
import type { World } from './world.ts'

const HOUR = 3_600_000

/** Every way through the second door, and not through it. */
export async function passSecondDoor(world: World, person: Person): Promise<void> {
  const { clock, secrets } = world
  await person.signIn()
  await enrol(world, person)
  clock.advance(HOUR / 6)
  await resume(world, person)
  clock.advance(HOUR / 6)
  await notProve(world, person)
  await person.visitor.post('/reported', { memo: secrets.memo })
}

/** Comes back with a recovery code, removes an authenticator and leaves. */
export async function leaveSecondDoor(world: World, person: Person): Promise<void> {
  world.clock.advance(LIMITS.authenticatorWindowMs)
  await person.signIn()
  await change(world, person)
  await person.visitor.post('/auth/logout', {})
  await useOldSession(world)
}

/** An app and recovery codes, beside the passkey by which it is allowed. */
async function enrol(world: World, person: Person): Promise<void> {
  const again = await person.finishApp(await beginProved(person, 'totp'), world.secrets.wrongCode)
  world.look()
  await person.finishApp(again)
  await person.finishRecovery(await beginProved(person, 'recovery_code'))
}

async function beginProved(person: Person, factor: string): Promise<BrowserPage> {
  await person.usePasskey(await withFactor(person, await person.begin(factor), 'webauthn'))
  return await person.begin(factor)
}

/** A form that is kept while its sender proves who they are, by app, by passkey and by recovery code. */
async function resume(world: World, person: Person): Promise<void> {
  const summary = await answerWithApp(person, await transfer(world, person))
  await person.visitor.get(summary.url)
  await person.visitor.submit(summary.form('/transfer'))
  const challenge = await withFactor(person, await transfer(world, person), 'webauthn')
  world.look()
  const other = await person.usePasskey(challenge)
  await person.visitor.submit(other.form('/discard'))
  await transfer(world, person, { accept: 'application/json' })
}

async function notProve(world: World, person: Person): Promise<void> {
  const { secrets, clock } = world
  const { visitor } = person
  const cancelled = await withFactor(person, await transfer(world, person), 'totp')
  await visitor.submit(cancelled.form('/cancel'))
  const expired = await withFactor(person, await transfer(world, person), 'totp')
  clock.advance(LIMITS.challengeMs + 1_000)
  await person.useCode(expired)
  const locked = await withFactor(person, await visitor.open('/treasure'), 'totp')
  let page = locked
  for (let time = 0; time < LIMITS.challengeAttempts; time += 1)
    page = await visitor.post(locked.form('/verify').action, {
      ...locked.form('/verify').fields,
      code: secrets.wrongCode,
    })
  await visitor.follow(page)
  const denied = await withFactor(person, await visitor.open('/treasure'), 'webauthn')
  await visitor.submit(denied.form('/verify'), {
    credential: JSON.stringify({ id: secrets.bearer, code: secrets.memo }),
  })
  await visitor.submit(denied.form('/deny'))
  await person.signIn()
}

/** A recovery code, wrong and right, and an authenticator that goes. */
async function change(world: World, person: Person): Promise<void> {
  const { visitor } = person
  const challenge = await withFactor(person, await person.begin('totp'), 'recovery_code')
  if (challenge.text.includes('/recovery_code/verify')) {
    const again = await person.useCode(challenge, world.secrets.wrongRecoveryCode)
    await person.useCode(again, person.recoveryCode())
  }
  const list = await visitor.open('/step-up/authenticators')
  await visitor.submit(list.form('/remove'))
}

/** A session that is used after its end, from another browser. */
async function useOldSession(world: World): Promise<void> {
  const person = await signedIn(world)
  const old = person.visitor.browser.cookies().find(({ name }) => name === 'bank.session')
  await person.visitor.post('/auth/logout', {})
  world.clock.advance(60_000)
  await world.visitor().get('/accounts/1', { cookie: `bank.session=${old?.value}` })
  await world.visitor().get('/treasure', { cookie: 'bank.session=s%3AforgedForgedForged.signatureSignature' })
}

async function transfer(
  { secrets }: World,
  { visitor }: Person,
  headers: Readonly<Record<string, string>> = {},
): Promise<BrowserPage> {
  const { recipient: to, memo, query, csrfToken: _csrf } = secrets
  const fields = { to, amount: '25.00', memo, _csrf }
  return await visitor.follow(await visitor.post(`/transfer?key=${encodeURIComponent(query)}`, fields, headers))
}

async function answerWithApp(person: Person, page: BrowserPage): Promise<BrowserPage> {
  return await person.useCode(await withFactor(person, page, 'totp'))
}

/** The challenge of a factor, chosen from those that the page offers. */
async function withFactor({ visitor }: Person, page: BrowserPage, factor: string): Promise<BrowserPage> {
  const url = new URL(page.url)
  url.searchParams.set('factor', factor)
  return url.pathname.includes('/challenges/') ? await visitor.open(url.href) : page
}
