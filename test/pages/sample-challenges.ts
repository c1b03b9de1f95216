import type { ViewBlock } from '../../packages/step-up/src/factor.ts'
import type { Page, PageProblem } from '../../packages/step-up/src/pages.ts'

type Challenge = Extract<Page, { page: 'challenge' }>

const transfer = {
  name: 'Transfer',
  show: [
    ['To', 'Ada Lovelace'],
    ['Account', 'GB33 BUKB 2020 1555 5555 55'],
    ['Amount', '1,250.00 EUR'],
  ],
} as const

const requestOptions = {
  challenge: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  rpId: 'localhost',
  allowCredentials: [],
  userVerification: 'preferred',
  timeout: 300_000,
}

const passkeyView: readonly ViewBlock[] = [{ kind: 'passkey', ceremony: 'get', options: requestOptions }]

const totp: Challenge = {
  page: 'challenge',
  account: 'ada@example.com',
  action: transfer,
  factor: 'totp',
  verifyUrl: '/posted/verify',
  view: [{ kind: 'code', digits: 6 }],
  others: [
    { factor: 'webauthn', url: '/challenge-passkey' },
    { factor: 'recovery_code', url: '/challenge-recovery-code' },
  ],
  cancelUrl: '/posted/cancel',
  denyUrl: '/posted/deny',
  secondsLeft: 275,
  csrf: 'token',
}

const passkey: Challenge = {
  ...totp,
  factor: 'webauthn',
  view: passkeyView,
  others: [{ factor: 'totp', url: '/challenge-totp' }],
}

const signIn: Page = {
  page: 'sign_in',
  factor: 'webauthn',
  view: [
    { kind: 'passkey', ceremony: 'get', options: { ...requestOptions, userVerification: 'required' }, autofill: true },
  ],
  verifyUrl: '/posted/sign-in',
  csrf: 'token',
}

function wrong(problem: PageProblem): Challenge {
  return { ...totp, problem }
}

/** The pages that ask for a proof, in every state. */
export const challengePages: Readonly<Record<string, Page>> = {
  'challenge-totp': totp,
  'challenge-passkey': passkey,
  'challenge-recovery-code': {
    ...totp,
    factor: 'recovery_code',
    view: [{ kind: 'code', digits: 24, letters: true }],
    others: [{ factor: 'totp', url: '/challenge-totp' }],
  },
  'challenge-provider': {
    ...totp,
    factor: 'oidc',
    view: [{ kind: 'leave', url: '/challenge-totp?step_up=1&return_to=%2Fchallenge-provider', message: 'leave_oidc' }],
    others: [{ factor: 'totp', url: '/challenge-totp' }],
  },
  'challenge-email': { ...totp, factor: 'otp_email', others: [] },
  'challenge-long-words': {
    ...totp,
    account: 'a'.repeat(128),
    action: { name: 'Approve-'.repeat(16), show: [['Reference'.repeat(8), '0123456789'.repeat(25)]] },
  },
  'challenge-wrong-code': wrong('wrong_code'),
  'challenge-code-reused': wrong('code_reused'),
  'challenge-invalid-input': wrong('invalid_input'),
  'challenge-try-again': wrong('try_again'),
  'challenge-authenticator-locked': wrong('authenticator_locked'),
  'challenge-passkey-failed': { ...passkey, problem: 'passkey_failed' },
  'challenge-user-not-verified': { ...passkey, problem: 'user_not_verified' },
  'sign-in': signIn,
  'sign-in-failed': {
    ...signIn,
    problem: 'passkey_failed',
    view: [
      ...signIn.view,
      { kind: 'passkey_signal', signal: 'unknownCredential', value: { rpId: 'localhost', credentialId: 'AQID' } },
    ],
  },
}
