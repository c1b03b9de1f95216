/** Someone who can sign in at the fake provider, by `sub` or e-mail address and password. */
export interface FakeAccount {
  readonly sub: string
  readonly password: string
  readonly name: string
  readonly email: string
}

/** How a client proves itself at the token endpoint and where requests are pushed (OpenID Connect Core §9, RFC 8705 §2). */
export type ClientAuthentication =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'

/** A client that may sign people in through the fake provider. */
export interface FakeClient {
  readonly clientId: string
  /** Needed by the two methods with a secret only. */
  readonly clientSecret?: string | undefined
  readonly redirectUris?: readonly string[] | undefined
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  /** By default `client_secret_basic`. The provider takes the secret in the header or the form from both methods with one. */
  readonly authMethod?: ClientAuthentication | undefined
  /** The public keys that check its assertions (`private_key_jwt`) and its signed requests. */
  readonly jwks?: { readonly keys: readonly object[] } | undefined
  /** The name in its certificate (`tls_client_auth`), such as `CN=shop`; the test authority must have signed it. */
  readonly tlsClientAuthSubjectDn?: string | undefined
  /** Its certificate in PEM (`self_signed_tls_client_auth`). */
  readonly certificate?: string | undefined
}

/** Whether a client proves itself by a certificate, which takes TLS. */
export function usesCertificate(client: FakeClient): boolean {
  return client.authMethod === 'tls_client_auth' || client.authMethod === 'self_signed_tls_client_auth'
}
