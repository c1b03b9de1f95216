import { BEARER, LOGOUT, PROVIDER } from './reasons.ts'
import type { Requirement } from './requirement.ts'

/** OWASP ASVS 5.0, chapter V10, as far as a client answers to it; 10.4 is what the client asks of the provider. */
export const ASVS_OIDC: readonly Requirement[] = [
  { id: 'v5.0.0-10.1.1', title: 'Tokens go where they are needed and nowhere else', status: 'tested' },
  { id: 'v5.0.0-10.1.2', title: 'A callback belongs to the browser that began it', status: 'tested' },
  { id: 'v5.0.0-10.2.1', title: 'The callback cannot be forged from another site', status: 'tested' },
  { id: 'v5.0.0-10.2.2', title: 'Answers of two providers cannot be mixed up', status: 'tested' },
  { id: 'v5.0.0-10.2.3', title: 'Nothing is asked for that was not configured', status: 'tested' },
  { id: 'v5.0.0-10.3.4', title: 'Access tokens are judged by level and time', status: BEARER },
  { id: 'v5.0.0-10.4.1', title: 'Provider: redirect addresses match exactly', status: PROVIDER },
  { id: 'v5.0.0-10.4.2', title: 'Provider: codes are used once', status: PROVIDER },
  { id: 'v5.0.0-10.4.3', title: 'Provider: codes live briefly', status: PROVIDER },
  { id: 'v5.0.0-10.4.4', title: 'Provider: no implicit and no password grant', status: PROVIDER },
  { id: 'v5.0.0-10.4.6', title: 'Provider: PKCE by S256 only', status: PROVIDER },
  { id: 'v5.0.0-10.4.10', title: 'Provider: confidential clients authenticate', status: PROVIDER },
  { id: 'v5.0.0-10.4.13', title: 'Provider: pushed requests', status: PROVIDER },
  { id: 'v5.0.0-10.4.14', title: 'Provider: tokens bound to their sender', status: PROVIDER },
  { id: 'v5.0.0-10.4.16', title: 'Provider: clients authenticate by key', status: PROVIDER },
  { id: 'v5.0.0-10.5.1', title: 'An ID token cannot be replayed', status: 'tested' },
  { id: 'v5.0.0-10.5.2', title: 'A person is known by an id that never moves', status: 'tested' },
  { id: 'v5.0.0-10.5.3', title: 'The metadata’s issuer is literally the configured one', status: 'tested' },
  { id: 'v5.0.0-10.5.4', title: 'The audience is this client alone', status: 'tested' },
  { id: 'v5.0.0-10.5.5', title: 'Logout tokens are judged in full', status: LOGOUT },
]
