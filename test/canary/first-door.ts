import { Person } from './person.ts'
import type { World } from './world.ts'

/** Every way to sign in, and to fail at it. */
export async function passFirstDoor(world: World, member: Person): Promise<void> {
  await signInAtProvider(world)
  await misuseCallback(world)
  await failAtProvider(world)
  await signInByPassword(world)
  await signInByPasskey(world, member)
}

async function signInAtProvider(world: World): Promise<void> {
  const { visitor } = await signedIn(
    world,
    `/auth/login?return_to=${encodeURIComponent(`/?key=${world.secrets.query}`)}`,
  )
  await visitor.get('/accounts/1')
  await visitor.post('/auth/logout', {})
}

/** Wrong states, codes of others, and a provider that says secrets in its errors. */
async function misuseCallback(world: World): Promise<void> {
  const { state, authorizationCode: code, providerText } = world.secrets
  const person = new Person(world)
  const { visitor } = person
  const text = encodeURIComponent(providerText)
  await visitor.get(`/auth/callback?state=${state}&code=${code}`)
  await visitor.get(`/auth/callback?state=${state}&code=${code}`, { accept: 'application/json' })
  await visitor.get(`/auth/callback?state=${state}&error=access_denied&error_description=${text}`)
  const open = await visitor.get('/auth/login')
  const own = new URL(open.location ?? '').searchParams.get('state') ?? ''
  await visitor.get(`/auth/callback?state=${own}&error=${text}&error_description=${text}&error_uri=${text}`)
  const used = await callbackOf(person, world)
  await visitor.get(used)
  await visitor.get(used)
}

async function failAtProvider(world: World): Promise<void> {
  const { provider, tap } = world
  tap.refuse(true)
  await signedIn(world)
  tap.refuse(false)
  for (const fault of ['wrong_nonce', 'bad_signature', 'access_denied', 'userinfo_unavailable'] as const) {
    provider.fault(fault)
    await signedIn(world)
    provider.clear()
  }
}

async function signInByPassword(world: World): Promise<void> {
  const { local, wrongPassword, passwordAsName, unknownEmail, query } = world.secrets
  const person = new Person(world)
  await person.signInByPassword(local.name, wrongPassword)
  await person.signInByPassword(passwordAsName, wrongPassword)
  await person.signInByPassword(unknownEmail, wrongPassword)
  await person.visitor.post(`/login?username=${local.name}&password=${encodeURIComponent(query)}`, {})
  for (let time = 0; time < 25; time += 1) await person.signInByPassword(unknownEmail, wrongPassword)
  await person.signInByPassword(local.name, local.password)
  await person.visitor.get('/accounts/1')
}

async function signInByPasskey(world: World, person: Person): Promise<void> {
  await person.signIn()
  await person.finishPasskey(await person.begin('webauthn'))
  await person.visitor.post('/auth/logout', {})
  const page = await person.visitor.open('/step-up/sign-in')
  await person.visitor.submit(page.form('/verify'), { credential: JSON.stringify({ id: world.secrets.bearer }) })
  await person.usePasskey(await person.visitor.open('/step-up/sign-in'))
  await person.visitor.post('/auth/logout', {})
}

/** Somebody who has signed in at the provider. */
export async function signedIn(world: World, path?: string): Promise<Person> {
  const person = new Person(world)
  await person.signIn(path)
  return person
}

/** The address to which the provider sends a person back, not yet opened. */
async function callbackOf(person: Person, world: World): Promise<string> {
  const stop = (location: string): boolean => location.startsWith(`${world.url}/auth/callback`)
  return (await person.signIn('/auth/login', stop)).location ?? ''
}
