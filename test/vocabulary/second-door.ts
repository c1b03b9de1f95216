import { openWorld, type World } from '../../packages/step-up/test/world.ts'
import type { Person } from '../../packages/step-up/test/person.ts'
import { LIMITS } from '../../packages/step-up/src/lib/limits.ts'
import type { Scene } from './scene.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const BY = { administrator: 'root' }

interface AtHome {
  readonly world: World
  readonly ann: Person
}

/** A person with a key and an app, who has proved neither lately. */
async function atHome(): Promise<AtHome> {
  const world = await openWorld({
    routes: (app, { stepUp }) => {
      app.post('/reported', stepUp.requireStepUp({ mode: 'report', name: 'reported' }), (_req, res) => void res.end())
    },
  })
  const ann = world.person()
  await ann.signIn()
  await ann.enrol('totp')
  world.clock.advance(30_000)
  await ann.enrol('webauthn')
  world.clock.advance(6 * MINUTE)
  return { world, ann }
}

/** The challenge of a refused request. */
async function challengeOf(person: Person, factor = 'webauthn'): Promise<{ url: string; verifyUrl: string }> {
  const refusal = await person.post('/plain')
  const url = String(refusal.body['challengeUrl'])
  const { body } = await person.get(`${url}?factor=${factor}`)
  return { url, verifyUrl: String(body['verifyUrl']) }
}

async function answerWrongly(person: Person, verifyUrl: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await person.post(verifyUrl, { json: { code: '000000' } })
}

/** A transfer that is approved, and what is turned away or only reported. */
export const approving: Scene = async () => {
  const { world, ann } = await atHome()
  await world.person().post('/transfer')
  await ann.post('/reported')
  await ann.postProving('/transfer', { json: { to: 'Grandma', amount: '25.00' } })
  return await world.events()
}

/** Every way in which a challenge can end without the right answer. */
export const notProving: Scene = async () => {
  const { world, ann } = await atHome()
  const first = await challengeOf(ann, 'totp')
  await ann.get(`${first.url}?factor=webauthn`)
  await ann.post(`${first.url}/cancel`)
  await challengeOf(ann)
  world.clock.advance(LIMITS.challengeMs)
  await world.closeOverdue()
  const { verifyUrl } = await challengeOf(ann)
  await answerWrongly(ann, verifyUrl, LIMITS.challengeAttempts)
  const { url } = await challengeOf(ann, 'totp')
  await ann.post(`${url}/deny`)
  return await world.events()
}

/** An authenticator that is renamed and removed, an enrolment that fails, and one that is guessed at for too long. */
export const authenticators: Scene = async () => {
  const { world, ann } = await atHome()
  const [app] = await world.admin.authenticators('ann')
  const path = `/step-up/authenticators/${app?.id ?? ''}`
  await ann.postProving(`${path}/rename`, { json: { label: 'Phone' } })
  const started = await ann.startEnrolment('totp')
  await ann.prove(started)
  const begun = await ann.startEnrolment('totp')
  await ann.post(String(begun.body['finishUrl']), { json: { code: '000000' } })
  for (let round = 0; round * LIMITS.authenticatorAttempts < LIMITS.authenticatorLifeAttempts; round += 1) {
    world.clock.advance(LIMITS.authenticatorWindowMs)
    await ann.signIn()
    for (let time = 0; time < LIMITS.authenticatorAttempts; time += 1)
      await ann.prove(await ann.post('/plain'), 'totp', '000000')
  }
  await ann.postProving(`${path}/remove`, { json: {} })
  return await world.events()
}

/** Sessions that end in every way, and one that is used afterwards. */
export const sessions: Scene = async () => {
  const { world, ann } = await atHome()
  const thief = ann.thief()
  world.clock.advance(2 * HOUR)
  await ann.get('/me')
  world.clock.advance(HOUR)
  await thief.get('/me')
  await ann.signIn()
  await ann.post('/logout')
  return await world.events()
}

/** What an administrator does, and what a person is told of it or cannot be told. */
export const administering: Scene = async () => {
  let told = 0
  const notify = async (): Promise<void> => {
    told += 1
    if (told % 2 === 0) throw new Error('no mail today')
  }
  const world = await openWorld({ stepUp: { notify } })
  const ann = world.person()
  await ann.signIn()
  await ann.enrol()
  await world.admin.resetAuthenticators('ann', BY)
  await world.admin.lock('ann', BY)
  await world.admin.unlock('ann', BY)
  return await world.events()
}
