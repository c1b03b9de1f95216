import { createSoftwareAuthenticator, type SoftwareAuthenticator } from '@sallyport/testing'

import { codesShown, keepCodes, openRecoveryWorld } from '../../packages/step-up/test/recovery.ts'
import type { Person, Reply } from '../../packages/step-up/test/person.ts'
import { openWorld } from '../../packages/step-up/test/world.ts'
import { webauthn } from '../../packages/webauthn/src/index.ts'
import type { Scene } from './scene.ts'

const ORIGIN = 'http://localhost:3000'

/** A passkey that answers wrongly once, and then counts no further than before. */
export const passkeys: Scene = async () => {
  const stepUp = { origin: ORIGIN, factors: [webauthn({ rpId: 'localhost', origins: [ORIGIN] })] }
  const world = await openWorld({ stepUp })
  const authenticator = createSoftwareAuthenticator({ alter: () => ({ counter: 7 }) })
  const ann = world.person()
  await ann.signIn()
  const begun = await ann.post('/step-up/authenticators/webauthn/start')
  const credential = JSON.stringify(authenticator.create(optionsIn(begun), ORIGIN))
  const finished = await ann.post(String(begun.body['finishUrl']), { json: { credential } })
  if (finished.status !== 201) throw new Error(`passkeys: ${finished.status} ${finished.text}`)
  world.clock.advance(400_000)
  await answer(ann, () => 'no passkey')
  await answer(ann, (challenge) => answerOf(authenticator, challenge))
  return await world.events()
}

/** Recovery codes that are made, and one that is used. */
export const recoveryCodes: Scene = async () => {
  const world = await openRecoveryWorld()
  const ann = world.person()
  await ann.signIn()
  await ann.enrol('webauthn')
  await ann.prove(await ann.post('/step-up/recovery-codes'))
  const [code] = await keepCodes(ann)
  const refused = await ann.post('/step-up/authenticators/totp/start')
  const replaced = await ann.prove(refused, 'recovery_code', code)
  if (codesShown(replaced).length === 0) throw new Error(`recoveryCodes: ${replaced.status} ${replaced.text}`)
  return await world.events()
}

async function answer(person: Person, credentialFor: (challenge: Reply) => string): Promise<void> {
  const refusal = await person.post('/plain')
  const challenge = await person.get(String(refusal.body['challengeUrl']))
  await person.post(String(challenge.body['verifyUrl']), { json: { credential: credentialFor(challenge) } })
}

function answerOf(authenticator: SoftwareAuthenticator, challenge: Reply): string {
  return JSON.stringify(authenticator.get(optionsIn(challenge), ORIGIN))
}

function optionsIn({ body, text }: Reply): unknown {
  const view: unknown = body['view']
  const block: unknown = Array.isArray(view) ? view.find(({ kind }) => kind === 'passkey') : undefined
  if (typeof block === 'object' && block !== null && 'options' in block) return block.options
  throw new Error(`optionsIn: no passkey is asked for: ${text}`)
}
