/** Someone who can sign in at the fake provider, by `sub` or e-mail address and password. */
export interface FakeAccount {
  readonly sub: string
  readonly password: string
  readonly name: string
  readonly email: string
}

/** A client that may sign people in through the fake provider. */
export interface FakeClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
}
