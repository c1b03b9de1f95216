import { LOGOUT } from './reasons.ts'
import type { Requirement } from './requirement.ts'

/** OWASP ASVS 5.0, chapter V7. */
export const ASVS_SESSIONS: readonly Requirement[] = [
  { id: 'v5.0.0-7.1.1', title: 'Idle and absolute limits are documented as they are', status: 'tested' },
  { id: 'v5.0.0-7.1.2', title: 'Parallel sessions are bounded as documented', status: 'tested' },
  { id: 'v5.0.0-7.1.3', title: 'How sessions here and at the provider go together', status: LOGOUT },
  { id: 'v5.0.0-7.2.1', title: 'Sessions are judged by the server alone', status: 'tested' },
  { id: 'v5.0.0-7.2.2', title: 'Sessions have fresh tokens, no fixed keys', status: 'tested' },
  { id: 'v5.0.0-7.2.3', title: 'Session tokens hold at least 128 random bits', status: 'tested' },
  { id: 'v5.0.0-7.2.4', title: 'Login and step-up give a new token and end the old', status: 'tested' },
  { id: 'v5.0.0-7.3.1', title: 'An idle session ends', status: 'tested' },
  { id: 'v5.0.0-7.3.2', title: 'A session ends after its longest time', status: 'tested' },
  { id: 'v5.0.0-7.4.1', title: 'An ended session cannot be used again', status: 'tested' },
  { id: 'v5.0.0-7.4.2', title: 'A locked person has no session left', status: 'tested' },
  { id: 'v5.0.0-7.4.3', title: 'Other sessions can be ended after a change', status: 'tested' },
  {
    id: 'v5.0.0-7.4.4',
    title: 'Every page offers a way out',
    status: { waits: 'the pages of a step-up can be left, but none of them signs out yet' },
  },
  { id: 'v5.0.0-7.4.5', title: 'Administrators can end sessions', status: 'tested' },
  { id: 'v5.0.0-7.5.1', title: 'Changing authenticators takes a fresh proof', status: 'tested' },
  { id: 'v5.0.0-7.5.2', title: 'People see and end their own sessions', status: 'tested' },
  { id: 'v5.0.0-7.5.3', title: 'Sensitive actions take a further factor', status: 'tested' },
  { id: 'v5.0.0-7.6.1', title: 'A login that is too old is done again at the provider', status: 'tested' },
  { id: 'v5.0.0-7.6.2', title: 'No session begins without the person’s doing', status: 'tested' },
]
