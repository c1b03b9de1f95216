import { signedIn } from './first-door.ts'
import { Person } from './person.ts'
import type { World } from './world.ts'

const JSON_TYPE = { accept: 'application/json', 'content-type': 'application/json' }

/** What is wrong with a request, with the application, with its store or with a sink. */
export async function runIntoTroubles(world: World, member: Person): Promise<void> {
  await askWrongly(world)
  await readAboutPerson(world, member)
  await breakStore(world, member)
  await breakSink(world)
  await flood(world)
}

async function askWrongly(world: World): Promise<void> {
  const { places } = world
  const { path, query, bearer, memo, malformedBody } = world.secrets
  const visitor = world.visitor()
  const secret = `?token=${encodeURIComponent(query)}`
  const headers = { authorization: `Bearer ${bearer}` }
  for (const place of ['', '/accounts', '/step-up', '/step-up/challenges', '/step-up/resume', '/auth'])
    for (const accept of ['text/html', 'application/json'])
      await visitor.get(`${place}/${path}${secret}`, { ...headers, accept })
  await visitor.get(`/accounts/%ZZ${path}`)
  await visitor.get('/quiet', headers)
  await visitor.post(`/broken${secret}`, { amount: '25', memo }, headers)
  await visitor.post('/step-up/authenticators/totp/start', { code: memo }, { origin: `https://${path}.example` })
  places.add('input', malformedBody)
  await fetch(`${world.url}/transfer`, { method: 'POST', headers: JSON_TYPE, body: `{"memo":"${malformedBody}` })
  await visitor.get('/accounts/1', { ...headers, authorization: `Basic ${btoa(`ann:${bearer}`)}` })
}

/** Pages with an e-mail address in the middle of their own, for a stranger and for somebody who is signed in. */
async function readAboutPerson(world: World, member: Person): Promise<void> {
  await member.signIn()
  for (const visitor of [world.visitor(), member.visitor])
    for (const email of [world.secrets.pathEmail, encodeURIComponent(world.secrets.pathEmail)])
      for (const page of ['', '/file', '/record/1', '/reported', '/denied', '/open/all', '/nowhere'])
        for (const accept of ['text/html', 'application/json']) await visitor.get(`/people/${email}${page}`, { accept })
}

/** The store fails under a sign-in, a gate and a challenge. */
async function breakStore(world: World, person: Person): Promise<void> {
  const { trouble, secrets } = world
  await person.signIn()
  const page = await person.visitor.open('/treasure')
  trouble.store = true
  await person.usePasskey(page)
  await person.visitor.post('/transfer', { to: secrets.recipient, memo: secrets.memo, amount: '1' })
  await person.visitor.get('/treasure')
  await new Person(world).signInByPassword(secrets.local.name, secrets.local.password)
  await signedIn(world)
  trouble.store = false
}

async function breakSink(world: World): Promise<void> {
  const { trouble, audit, places } = world
  trouble.sink = true
  for (let turn = 0; turn < 100 && !(await audit.sinks()).some(({ failing }) => failing); turn += 1) {
    await world.visitor().get('/quiet')
    await audit.settle().catch((error: unknown) => places.addError('error of settle', error))
  }
  trouble.sink = false
  await audit.settle()
}

/** More failures than are written one by one, and the word that is left of them. */
async function flood(world: World): Promise<void> {
  const visitor = world.visitor()
  for (let time = 0; time < 8; time += 1)
    await visitor.get(`/accounts/1?token=${encodeURIComponent(world.secrets.query)}`)
  world.clock.advance(2_000)
}
