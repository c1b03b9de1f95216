import type { CreateStepUpOptions } from '../src/index.ts'
import type { Person, Reply, Sending } from './person.ts'
import { sign, signInFactor, type TestPasskey } from './sign-in-factor.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

/** A bank at which people sign in with a passkey; everybody with a login has an account. */
export async function openSignInWorld(
  options: WorldOptions = {},
  signIn: Partial<NonNullable<CreateStepUpOptions['signIn']>> = {},
): Promise<World> {
  const load = async (user: string): Promise<{ account: string; identity: { name: string } }> => ({
    account: `${user}@example.com`,
    identity: { name: user },
  })
  const stepUp = { factors: [signInFactor()], signIn: { load, ...signIn }, ...options.stepUp }
  return await openWorld({ ...options, stepUp })
}

/** Somebody with a passkey, who has not signed in. */
export async function passkeyOf(world: World, user = 'ann'): Promise<TestPasskey> {
  const owner = world.person()
  await owner.signIn(user)
  const started = await owner.startEnrolment('webauthn')
  const code = owner.secret('webauthn')
  const finished = await owner.post(String(started.body['finishUrl']), { json: { code } })
  if (finished.status !== 201) throw new Error(`passkeyOf: the enrolment answered ${finished.status}`)
  const [name = '', secret = ''] = code.split('.')
  return { name, secret }
}

/** Opens a sign-in: what a program is told of it. */
export async function begin(person: Person, query = ''): Promise<Reply> {
  return await person.get(`/step-up/sign-in${query}`)
}

/** The value of the challenge that a sign-in shows. */
export function nonceOf(begun: Reply): string {
  const view: unknown = begun.body['view']
  const block: unknown = Array.isArray(view) ? view[0] : undefined
  return typeof block === 'object' && block !== null && 'text' in block ? String(block.text) : ''
}

/** Answers an open sign-in with a passkey; `changed` is what is other than right. */
export async function answer(
  person: Person,
  begun: Reply,
  more: {
    readonly passkey: TestPasskey
    readonly changed?: Readonly<Record<string, string>>
    readonly sending?: Sending
  },
): Promise<Reply> {
  const json = { ...sign(more.passkey, nonceOf(begun)), ...more.changed }
  return await person.post(String(begun.body['verifyUrl']), { json, ...more.sending })
}

/** Opens a sign-in and answers it. */
export async function signInWith(
  person: Person,
  passkey: TestPasskey,
  changed: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return await answer(person, await begin(person), { passkey, changed })
}
