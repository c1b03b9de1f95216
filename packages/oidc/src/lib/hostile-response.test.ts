import { describe, test } from 'vitest'
import { useProvider } from '../../test/hostile/provider.ts'
import { refuses } from '../../test/hostile/refuses.ts'

useProvider()

describe('a callback is refused whose state', () => {
  test('F-25 v5.0.0-10.2.1 is missing', () => refuses('missing_state', 'ERR_OIDC_TRANSACTION_UNKNOWN'))
  test('F-25 v5.0.0-10.2.1 nobody sent', () => refuses('forged_state', 'ERR_OIDC_TRANSACTION_UNKNOWN'))
  test('F-25 v5.0.0-15.3.7 is there twice', () => refuses('doubled_state', 'ERR_OIDC_RESPONSE'))
  test('F-24 F-25 OIDC-REQ-02 v5.0.0-10.1.2 is another tab’s: the code is not for its verifier', () =>
    refuses('swapped_state', 'ERR_OIDC_CODE_REFUSED', { after: 'other_tab' }))
  test('F-24 F-25 OIDC-REQ-02 v5.0.0-10.1.2 v5.0.0-10.2.1 is another browser’s', () =>
    refuses('swapped_state', 'ERR_OIDC_TRANSACTION_UNKNOWN', { after: 'other_browser' }))
  test('F-25 BCP-01 belongs to a sign-in that is over', () =>
    refuses('swapped_state', 'ERR_OIDC_TRANSACTION_UNKNOWN', { after: 'finished_login' }))
})

describe('a callback is refused whose code', () => {
  test('OIDC-REQ-07 is missing', () => refuses('missing_code', 'ERR_OIDC_RESPONSE'))
  test('OIDC-REQ-07 is empty', () => refuses('empty_code', 'ERR_OIDC_RESPONSE'))
  test('v5.0.0-15.3.7 is there twice', () => refuses('doubled_code', 'ERR_OIDC_RESPONSE'))
  test('v5.0.0-10.1.2 the provider did not give out', () => refuses('forged_code', 'ERR_OIDC_CODE_REFUSED'))
  test('PKCE-01 PKCE-02 v5.0.0-10.1.2 was given to another tab', () =>
    refuses('swapped_code', 'ERR_OIDC_CODE_REFUSED', { after: 'other_tab' }))
  test('PKCE-01 PKCE-02 v5.0.0-10.1.2 was given to another browser', () =>
    refuses('swapped_code', 'ERR_OIDC_CODE_REFUSED', { after: 'other_browser' }))
  test('v5.0.0-10.1.2 was used before', () =>
    refuses('swapped_code', 'ERR_OIDC_CODE_REFUSED', { after: 'finished_login' }))
})

describe('a callback is refused whose issuer', () => {
  test('ISS-01 v5.0.0-10.2.2 is another', () => refuses('wrong_iss_parameter', 'ERR_OIDC_RESPONSE_ISSUER'))
  test('ISS-01 has one more slash', () => refuses('iss_parameter_slash', 'ERR_OIDC_RESPONSE_ISSUER'))
  test('ISS-02 is missing though it was promised', () => refuses('missing_iss_parameter', 'ERR_OIDC_RESPONSE_ISSUER'))
  test('ISS-03 v5.0.0-15.3.7 is there twice', () => refuses('doubled_iss_parameter', 'ERR_OIDC_RESPONSE'))
})

describe('an error response is refused without a word of it', () => {
  test('OIDC-REQ-07 when the person said no', () => refuses('access_denied', 'ERR_OIDC_DENIED'))
  test('OIDC-REQ-07 v5.0.0-16.5.2 when the provider has trouble', () =>
    refuses('server_error', 'ERR_OIDC_PROVIDER_UNAVAILABLE'))
  test('OIDC-REQ-05 OIDC-REQ-07 when the provider does not know the person', () =>
    refuses('login_required', 'ERR_OIDC_INTERACTION_REQUIRED'))
  test('OIDC-REQ-06 when the level cannot be reached', () => refuses('unmet_requirements', 'ERR_OIDC_ACR'))
  test('OIDC-REQ-07 v5.0.0-16.5.1 when its name and words are markup', () =>
    refuses('error_of_markup', 'ERR_OIDC_PROVIDER_REFUSED'))
  test('OIDC-REQ-07 when a good code is beside it', () => refuses('error_beside_code', 'ERR_OIDC_PROVIDER_REFUSED'))
})

describe('a callback is refused that brings', () => {
  test('BCP-01 an ID token', () => refuses('id_token_beside_code', 'ERR_OIDC_RESPONSE'))
  test('BCP-01 an access token', () => refuses('access_token_beside_code', 'ERR_OIDC_RESPONSE'))
  test('OIDC-REQ-07 a signed response that nobody asked for', () => refuses('signed_response', 'ERR_OIDC_RESPONSE'))
})
