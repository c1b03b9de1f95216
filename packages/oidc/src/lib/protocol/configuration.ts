import {
  Configuration,
  allowInsecureRequests,
  clockSkew,
  clockTolerance,
  customFetch,
  enableNonRepudiationChecks,
} from 'openid-client'
import { TOLERANCE_SECONDS } from './check-claims.ts'
import { clientAuth } from './client-auth.ts'
import { provenAddresses } from './endpoints.ts'
import { guardedFetch } from './guarded-fetch.ts'
import { sendFor } from './send.ts'
import type { Metadata } from './metadata.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** Makes what the library works with: the provider's metadata, the client's proof, and the only way out to the network. */
export function configure(settings: ProviderSettings, from: Metadata, skew: number): Configuration {
  const { clientId, proof, timeoutMs, onAnswer } = settings
  const client = {
    [clockSkew]: skew,
    [clockTolerance]: TOLERANCE_SECONDS,
    use_mtls_endpoint_aliases: proof.by === 'certificate',
  }
  const configuration = new Configuration(from.metadata, clientId, client, clientAuth(proof, from.metadata))
  const send = sendFor(proof, provenAddresses(from.metadata))
  configuration[customFetch] = guardedFetch({ origins: from.origins, timeoutMs, onAnswer, send })
  if (settings.insecure) allowInsecureRequests(configuration)
  // Without this the library trusts TLS alone and never looks at the signature.
  enableNonRepudiationChecks(configuration)
  return configuration
}
