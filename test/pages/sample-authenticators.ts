import type { ListedAuthenticator, ListNotice, Page } from '../../packages/step-up/src/pages.ts'

type Authenticators = Extract<Page, { page: 'authenticators' }>

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 21, 14, 5)

function listed(id: string, about: Partial<ListedAuthenticator>): ListedAuthenticator {
  const urls = { renameUrl: `/posted/${id}/rename`, removeUrl: `/posted/${id}/remove` }
  return { id, factor: 'totp', label: '', enrolledAt: NOW - 90 * DAY, disabled: false, ...urls, ...about }
}

const empty: Authenticators = {
  page: 'authenticators',
  account: 'ada@example.com',
  authenticators: [],
  factors: [
    { factor: 'webauthn', startUrl: '/posted/webauthn/start' },
    { factor: 'totp', startUrl: '/posted/totp/start' },
  ],
  view: [],
  sessions: [{ client: 'Firefox on Linux', startedAt: NOW - DAY / 4, seenAt: NOW }],
  csrf: 'token',
}

const full: Authenticators = {
  ...empty,
  authenticators: [
    listed('a1', { factor: 'webauthn', label: 'Passkey on my phone', lastUsedAt: NOW - DAY }),
    listed('a2', {}),
    listed('a3', { label: 'Old phone', disabled: true, lastUsedAt: NOW - 30 * DAY }),
  ],
  factors: [...empty.factors, { factor: 'recovery_code', startUrl: '/posted/recovery_code/start' }],
  view: [
    {
      kind: 'passkey_signal',
      signal: 'allAcceptedCredentials',
      value: { rpId: 'localhost', userId: 'dXNlcg', allAcceptedCredentialIds: ['AQID'] },
    },
  ],
  sessions: [
    ...empty.sessions,
    { client: 'Safari on iPhone', startedAt: NOW - 3 * DAY, seenAt: NOW - DAY, endUrl: '/posted/sessions/1/end' },
    { client: '', startedAt: NOW - 5 * DAY, seenAt: NOW - 4 * DAY, endUrl: '/posted/sessions/2/end' },
  ],
  endOthersUrl: '/posted/sessions/end-others',
  dropUrl: '/posted/elevation/drop',
}

function after(notice: ListNotice): Authenticators {
  return { ...full, notice }
}

/** The list of authenticators and sessions, in every state. */
export const authenticatorPages: Readonly<Record<string, Page>> = {
  authenticators: full,
  'authenticators-empty': { ...empty, continueUrl: '/posted/continue' },
  'authenticators-enrolled': { ...after('enrolled'), continueUrl: '/posted/continue' },
  'authenticators-removed': after('removed'),
  'authenticators-renamed': after('renamed'),
  'authenticators-dropped': after('dropped'),
  'authenticators-session-ended': after('session_ended'),
  'authenticators-sessions-ended': after('sessions_ended'),
}
