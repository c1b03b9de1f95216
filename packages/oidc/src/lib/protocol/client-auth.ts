import { ClientSecretBasic, ClientSecretPost, PrivateKeyJwt, TlsClientAuth } from 'openid-client'
import { refuseNotOffered } from './not-offered.ts'
import { signerFor } from './signer.ts'
import type { ClientAuth, ServerMetadata } from 'openid-client'
import type { ClientKey } from './client-key.ts'
import type { ClientProof } from './provider-settings.ts'

const BY_CERTIFICATE: readonly string[] = ['tls_client_auth', 'self_signed_tls_client_auth']

/**
 * Chooses how the client proves itself at the token endpoint and where requests are pushed: by what is configured, and
 * in a way that the provider announces.
 *
 * @throws OidcError `ERR_OIDC_NOT_OFFERED`, naming the fix.
 * @see OpenID Connect Core 1.0 §9; RFC 7523 §2.2, §3; RFC 8705 §2
 */
export function clientAuth(proof: ClientProof, metadata: ServerMetadata): ClientAuth {
  // What stands for silence (OpenID Connect Discovery 1.0 §3).
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  if (proof.by === 'key') return byKey(proof.key, methods, metadata)
  if (proof.by === 'certificate') {
    if (methods.some((method) => BY_CERTIFICATE.includes(method))) return TlsClientAuth()
    return refuseNotOffered('The provider does not announce tls_client_auth: use clientKey or clientSecret.')
  }
  if (methods.includes('client_secret_basic')) return ClientSecretBasic(proof.secret)
  if (methods.includes('client_secret_post')) return ClientSecretPost(proof.secret)
  return refuseNotOffered('The provider announces no way to use a client secret: use clientKey or clientCertificate.')
}

function byKey(key: ClientKey, methods: readonly string[], metadata: ServerMetadata): ClientAuth {
  if (!methods.includes('private_key_jwt')) {
    return refuseNotOffered('The provider does not announce private_key_jwt: use clientSecret or clientCertificate.')
  }
  // The same one where requests are pushed: it names the provider, not where the request goes (RFC 9126 §2).
  const audience = key.audience === 'token_endpoint' ? metadata.token_endpoint : undefined
  const signer = signerFor(key, metadata.token_endpoint_auth_signing_alg_values_supported, audience)
  if (signer) return PrivateKeyJwt(signer.key, signer.options)
  return refuseNotOffered(
    'The provider takes no assertion by the algorithm of clientKey: configure a key of another kind.',
  )
}
