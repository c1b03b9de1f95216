import { describe, test } from 'vitest'
import { useProvider } from '../../test/hostile/provider.ts'
import { IMPATIENT, refuses } from '../../test/hostile/refuses.ts'

useProvider()

describe('a token answer is refused', () => {
  test('OIDC-REQ-07 v5.0.0-16.5.1 that is an error', () => refuses('token_error', 'ERR_OIDC_CODE_REFUSED'))
  test('OIDC-REQ-07 v5.0.0-16.5.1 that is an error whose name is markup', () =>
    refuses('token_error_of_markup', 'ERR_OIDC_CODE_REFUSED'))
  test('v5.0.0-16.5.3 that has an error beside good tokens', () =>
    refuses('token_error_beside_tokens', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('v5.0.0-16.3.4 that does not know the client', () => refuses('token_client_refused', 'ERR_OIDC_CLIENT_REFUSED'))
  test('v5.0.0-16.5.2 that is none', () => refuses('token_unavailable', 'ERR_OIDC_PROVIDER_UNAVAILABLE'))
  test('DISC-02 v5.0.0-16.5.2 that never comes', () =>
    refuses('slow_token', 'ERR_OIDC_PROVIDER_UNAVAILABLE', IMPATIENT))
  test('DISC-02 v5.0.0-15.3.2 that would send the code elsewhere', () =>
    refuses('token_redirect', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DISC-02 v5.0.0-15.3.2 that is said to be elsewhere', () => refuses('token_moved', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DISC-02 that is too long to read', () => refuses('token_oversized', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('OIDC-IDT-17 that is a page', () => refuses('token_not_json', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('OIDC-IDT-17 that stops in the middle', () => refuses('token_cut_off', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('OIDC-IDT-17 that calls itself a page', () => refuses('token_wrong_type', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('OIDC-IDT-17 that is a list', () => refuses('token_as_list', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('OIDC-IDT-12 that has no access token', () => refuses('missing_access_token', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('OIDC-IDT-17 whose access token is a number', () =>
    refuses('access_token_as_number', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DPOP-02 whose access token has no type', () => refuses('missing_token_type', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DPOP-02 whose access token is of an unknown type', () =>
    refuses('other_token_type', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('v5.0.0-6.8.2 that has no ID token', () => refuses('missing_id_token', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-17 whose ID token is a list', () => refuses('id_token_as_list', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-17 that has two ID tokens', () => refuses('doubled_id_token', 'ERR_OIDC_PROVIDER_RESPONSE'))
})

describe('UserInfo is refused', () => {
  test('OIDC-IDT-15 about someone else', () => refuses('userinfo_other_subject', 'ERR_OIDC_USERINFO_SUBJECT'))
  test('OIDC-IDT-15 about nobody', () => refuses('userinfo_missing_subject', 'ERR_OIDC_USERINFO'))
  test('OIDC-IDT-15 about a list', () => refuses('userinfo_subject_as_list', 'ERR_OIDC_USERINFO'))
  test('OIDC-IDT-15 about two', () => refuses('doubled_userinfo_subject', 'ERR_OIDC_USERINFO'))
  test('OIDC-IDT-15 in a list', () => refuses('userinfo_as_list', 'ERR_OIDC_USERINFO'))
  test('OIDC-IDT-15 that is a page', () => refuses('userinfo_not_json', 'ERR_OIDC_USERINFO'))
  test('DISC-02 that is too long to read', () => refuses('userinfo_oversized', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DISC-02 v5.0.0-15.3.2 that is said to be elsewhere', () => refuses('userinfo_redirect', 'ERR_OIDC_USERINFO'))
  test('v5.0.0-16.5.1 whose refusal has words of its own', () => refuses('userinfo_unauthorized', 'ERR_OIDC_USERINFO'))
  test('v5.0.0-16.5.2 that is none', () => refuses('userinfo_unavailable', 'ERR_OIDC_PROVIDER_UNAVAILABLE'))
  test('DISC-02 v5.0.0-16.5.2 that never comes', () =>
    refuses('slow_userinfo', 'ERR_OIDC_PROVIDER_UNAVAILABLE', IMPATIENT))
  test('OIDC-IDT-15 v5.0.0-9.1.1 that another key has signed', () => refuses('userinfo_forged', 'ERR_OIDC_USERINFO'))
  test('F-23 OIDC-IDT-15 v5.0.0-9.1.2 whose algorithm is none', () => refuses('userinfo_alg_none', 'ERR_OIDC_USERINFO'))
})
