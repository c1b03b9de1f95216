import { describe, test } from 'vitest'
import { useProvider } from '../../test/hostile/provider.ts'
import { refuses } from '../../test/hostile/refuses.ts'

useProvider()

const LEVEL = { app: { acrValues: ['urn:example:acr:mfa'] } }
const FRESH = { app: { maxAge: 300 } }

describe('an ID token is refused whose issuer', () => {
  test('OIDC-IDT-02 is another', () => refuses('wrong_issuer', 'ERR_OIDC_ISSUER'))
  test('OIDC-IDT-02 OIDC-IDT-17 is missing', () => refuses('missing_issuer', 'ERR_OIDC_ISSUER'))
  test('OIDC-IDT-02 v5.0.0-10.5.3 has one more slash', () => refuses('issuer_slash', 'ERR_OIDC_ISSUER'))
  test('OIDC-IDT-02 v5.0.0-10.5.3 is written in other letters', () => refuses('issuer_other_case', 'ERR_OIDC_ISSUER'))
  test('OIDC-IDT-17 is a list', () => refuses('issuer_as_list', 'ERR_OIDC_ISSUER'))
  test('OIDC-IDT-02 is said twice', () => refuses('doubled_issuer', 'ERR_OIDC_TOKEN'))
})

describe('an ID token is refused whose subject', () => {
  test('OIDC-IDT-13 is missing', () => refuses('missing_subject', 'ERR_OIDC_SUBJECT'))
  test('OIDC-IDT-13 is empty', () => refuses('empty_subject', 'ERR_OIDC_SUBJECT'))
  test('OIDC-IDT-13 has more than 255 characters', () => refuses('oversized_subject', 'ERR_OIDC_SUBJECT'))
  test('OIDC-IDT-17 is a number', () => refuses('subject_as_number', 'ERR_OIDC_SUBJECT'))
  test('OIDC-IDT-13 is said twice', () => refuses('doubled_subject', 'ERR_OIDC_TOKEN'))
})

describe('an ID token is refused whose audience', () => {
  test('OIDC-IDT-03 v5.0.0-9.2.3 v5.0.0-10.5.4 is another client', () => refuses('wrong_audience', 'ERR_OIDC_AUDIENCE'))
  test('OIDC-IDT-03 OIDC-IDT-17 is missing', () => refuses('missing_audience', 'ERR_OIDC_AUDIENCE'))
  test('OIDC-IDT-03 OIDC-IDT-04 v5.0.0-10.5.4 is another client too', () =>
    refuses('extra_audience', 'ERR_OIDC_AUDIENCE'))
  test('OIDC-IDT-03 OIDC-IDT-04 is another client too, with nobody it was given to', () =>
    refuses('missing_azp', 'ERR_OIDC_AUDIENCE'))
  test('OIDC-IDT-04 gave it to another client', () => refuses('azp_of_another', 'ERR_OIDC_AUDIENCE'))
  test('OIDC-IDT-03 is an empty list', () => refuses('audience_empty', 'ERR_OIDC_AUDIENCE'))
  test('OIDC-IDT-17 is a number', () => refuses('audience_as_number', 'ERR_OIDC_AUDIENCE'))
  test('OIDC-IDT-17 is an object', () => refuses('audience_as_object', 'ERR_OIDC_AUDIENCE'))
  test('OIDC-IDT-03 is said twice', () => refuses('doubled_audience', 'ERR_OIDC_TOKEN'))
})

describe('an ID token is refused whose times', () => {
  test('OIDC-IDT-07 v5.0.0-9.2.1 are over', () => refuses('expired', 'ERR_OIDC_TOKEN_EXPIRED'))
  test('OIDC-IDT-07 OIDC-IDT-17 have no end', () => refuses('missing_expiry', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-17 end with a text', () => refuses('expiry_as_text', 'ERR_OIDC_TOKEN'))
  test('v5.0.0-9.2.1 begin tomorrow', () => refuses('future_nbf', 'ERR_OIDC_TOKEN_TIME'))
  test('OIDC-IDT-17 begin with a text', () => refuses('nbf_as_text', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-08 say that it was made in the future', () => refuses('future_iat', 'ERR_OIDC_TOKEN_TIME'))
  test('OIDC-IDT-08 say that it was made long before the sign-in began', () =>
    refuses('stale_iat', 'ERR_OIDC_TOKEN_TIME'))
  test('OIDC-IDT-17 do not say when it was made', () => refuses('missing_iat', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-17 say in text when it was made', () => refuses('iat_as_text', 'ERR_OIDC_TOKEN'))
})

describe('an ID token is refused whose nonce', () => {
  test('OIDC-IDT-09 v5.0.0-10.5.1 NC-03 nobody sent', () => refuses('wrong_nonce', 'ERR_OIDC_NONCE'))
  test('OIDC-IDT-09 v5.0.0-10.5.1 is missing', () => refuses('missing_nonce', 'ERR_OIDC_NONCE'))
  test('OIDC-IDT-09 OIDC-IDT-17 is a list', () => refuses('nonce_as_list', 'ERR_OIDC_NONCE'))
  test('OIDC-IDT-09 is said twice', () => refuses('doubled_nonce', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-09 OIDC-REQ-02 v5.0.0-10.1.2 v5.0.0-10.5.1 is another tab’s', () =>
    refuses('nonce_of_another_tab', 'ERR_OIDC_NONCE', { after: 'finished_login' }))
})

describe('an ID token is refused whose level', () => {
  test('OIDC-IDT-10 OIDC-REQ-06 F-40 v5.0.0-6.8.4 is below what was asked', () =>
    refuses('downgraded_acr', 'ERR_OIDC_ACR', LEVEL))
  test('OIDC-IDT-10 v5.0.0-6.8.4 NC-01 is not said though it was asked', () =>
    refuses('missing_acr', 'ERR_OIDC_ACR', LEVEL))
  test('OIDC-IDT-10 OIDC-IDT-17 is a list', () => refuses('acr_as_list', 'ERR_OIDC_ACR', LEVEL))
})

describe('an ID token is refused whose sign-in', () => {
  test('OIDC-IDT-11 is older than max_age', () => refuses('stale_auth_time', 'ERR_OIDC_AUTH_TIME', FRESH))
  test('OIDC-IDT-11 is not new though prompt=login was asked', () =>
    refuses('stale_auth_time', 'ERR_OIDC_AUTH_TIME', { app: { prompt: 'login' } }))
  test('OIDC-REQ-05 is not new though max_age=0 was asked', () =>
    refuses('stale_auth_time', 'ERR_OIDC_AUTH_TIME', { app: { maxAge: 0 } }))
  test('OIDC-IDT-11 OIDC-REQ-05 F-40 v5.0.0-6.8.4 NC-04 has no time though max_age was asked', () =>
    refuses('missing_auth_time', 'ERR_OIDC_AUTH_TIME', FRESH))
  test('OIDC-IDT-11 has no time though prompt=login was asked', () =>
    refuses('missing_auth_time', 'ERR_OIDC_AUTH_TIME', { app: { prompt: 'login' } }))
  test('OIDC-IDT-11 is in the future, or it would stay fresh for ever', () =>
    refuses('future_auth_time', 'ERR_OIDC_AUTH_TIME'))
  test('OIDC-IDT-17 is at a time in text', () => refuses('auth_time_as_text', 'ERR_OIDC_AUTH_TIME'))
})

describe('an ID token is refused', () => {
  test('OIDC-IDT-12 with the hash of another access token', () => refuses('wrong_at_hash', 'ERR_OIDC_TOKEN_HASH'))
  test('OIDC-IDT-12 OIDC-IDT-17 with a number for that hash', () => refuses('at_hash_as_number', 'ERR_OIDC_TOKEN_HASH'))
  test('OIDC-IDT-17 with claims in a list', () => refuses('payload_as_list', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-17 with claims that are no JSON', () => refuses('payload_not_json', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-09 v5.0.0-10.5.1 that an earlier sign-in got', () =>
    refuses('replayed_id_token', 'ERR_OIDC_NONCE', { after: 'finished_login' }))
  test('OIDC-IDT-02 F-24 that another provider made', () => refuses('foreign_id_token', 'ERR_OIDC_ISSUER'))
})
