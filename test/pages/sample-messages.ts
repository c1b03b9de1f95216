import type { MessageName, Page } from '../../packages/step-up/src/pages.ts'

const STATUS: Readonly<Record<MessageName, number>> = {
  account_locked: 403,
  cancelled: 200,
  challenge_ended: 410,
  challenge_unknown: 404,
  denied: 200,
  discarded: 200,
  forbidden_origin: 403,
  invalid_input: 400,
  locked: 429,
  login_required: 401,
  not_enough: 403,
  resume_unknown: 404,
  not_resumable: 409,
  session_rotated: 409,
  sign_in_again: 403,
  too_large: 413,
  too_many: 429,
  unavailable: 503,
}

const messages = Object.fromEntries(
  names().map((message): readonly [string, Page] => [
    `message-${message.replaceAll('_', '-')}`,
    { page: 'message', status: STATUS[message], message, code: 'ERR_STEP_UP_EXAMPLE', backUrl: '/challenge-totp' },
  ]),
)

/** The pages that only say something, and the one that sends what was kept. */
export const messagePages: Readonly<Record<string, Page>> = {
  resume: {
    page: 'resume',
    account: 'ada@example.com',
    action: {
      name: 'Transfer',
      show: [
        ['To', 'Ada Lovelace'],
        ['Amount', '1,250.00 EUR'],
      ],
    },
    method: 'post',
    url: '/posted/transfer',
    fields: [
      ['to', 'Ada Lovelace'],
      ['amount', '1250.00'],
    ],
    discardUrl: '/posted/discard',
    csrf: 'token',
  },
  ...messages,
}

function names(): readonly MessageName[] {
  return Object.keys(STATUS).filter((name): name is MessageName => Object.hasOwn(STATUS, name))
}
