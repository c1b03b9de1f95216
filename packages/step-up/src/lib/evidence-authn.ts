import type { Authn } from '@sallyport/audit'

import type { Evidence } from './types.ts'

/** What an event says of a piece of evidence. */
export function authnOf(evidence: Evidence): Authn {
  const { factor, authenticator, strength, acr, amr } = evidence
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(authenticator === undefined ? {} : { authenticator }),
    factor,
    ...(factor === 'oidc' ? { protocol: 'oidc' as const } : {}),
    ...(strength.length === 0 ? {} : { strength }),
  }
}
