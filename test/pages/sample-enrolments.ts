import type { ViewBlock } from '../../packages/step-up/src/factor.ts'
import type { Page } from '../../packages/step-up/src/pages.ts'
import { enrolmentView } from '../../packages/totp/src/lib/enrolment-view.ts'

type Enrolment = Extract<Page, { page: 'enrolment' }>

const common = {
  page: 'enrolment',
  account: 'ada@example.com',
  finishUrl: '/posted/finish',
  cancelUrl: '/posted/cancel',
  csrf: 'token',
} as const

const totp: Enrolment = {
  ...common,
  factor: 'totp',
  view: await enrolmentView(
    { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', algorithm: 'SHA-1', digits: 6 },
    { issuer: 'Example Bank', account: 'ada@example.com' },
  ),
}

const creationOptions = {
  rp: { id: 'localhost', name: 'Example Bank' },
  user: { id: 'dXNlci1oYW5kbGUtb2YtYWRh', name: 'ada@example.com', displayName: 'ada@example.com' },
  challenge: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  pubKeyCredParams: [
    { type: 'public-key', alg: -8 },
    { type: 'public-key', alg: -7 },
    { type: 'public-key', alg: -257 },
  ],
  excludeCredentials: [],
  authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  timeout: 300_000,
}

const passkey: Enrolment = {
  ...common,
  factor: 'webauthn',
  view: [{ kind: 'passkey', ceremony: 'create', options: creationOptions }],
}

const codes: readonly ViewBlock[] = [
  {
    kind: 'codes',
    label: 'recovery_codes_label',
    codes: Array.from({ length: 10 }, (_, index) => `7XK${index}-QM2V-B9TD-4HRW-NE6C-${index}ZJP`),
  },
]

const enrolFirst: Extract<Page, { page: 'enrol_first' }> = {
  page: 'enrol_first',
  account: 'ada@example.com',
  action: { name: 'Transfer', show: [['Amount', '1,250.00 EUR']] },
  others: [],
  authenticatorsUrl: '/authenticators-empty',
  cancelUrl: '/posted/cancel',
  csrf: 'token',
}

/** The pages on which something is set up or kept, in every state. */
export const enrolmentPages: Readonly<Record<string, Page>> = {
  'enrol-first': enrolFirst,
  'enrol-first-after-a-try': { ...enrolFirst, others: [{ factor: 'oidc', url: '/challenge-oidc' }] },
  'enrolment-totp': totp,
  'enrolment-totp-wrong-code': { ...totp, problem: 'wrong_code' },
  'enrolment-passkey': passkey,
  'enrolment-passkey-already': { ...passkey, problem: 'enrolled_already' },
  'enrolment-passkey-not-allowed': { ...passkey, problem: 'not_allowed' },
  'enrolment-recovery-codes': { ...common, factor: 'recovery_code', view: codes },
  'shown-once': {
    page: 'shown_once',
    account: 'ada@example.com',
    factor: 'recovery_code',
    view: [
      { kind: 'text', message: 'recovery_code_replacement' },
      { kind: 'codes', label: 'recovery_code_label', codes: ['7XKA-QM2V-B9TD-4HRW-NE6C-0ZJP'] },
    ],
    continueUrl: '/posted/continue',
  },
}
