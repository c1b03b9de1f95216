import { describe, test } from 'vitest'
import { useProvider } from '../../test/hostile/provider.ts'
import { useCarelessClient, works } from '../../test/hostile/works.ts'

useProvider()
useCarelessClient()

const LEVEL = { acr: 'urn:example:acr:mfa' }
const FRESH = { maxAge: 300 }

describe('where it is not checked, this would be a login: a signature', () => {
  test('flipped in one bit', () => works('bad_signature', 'signature'))
  test('that is empty', () => works('empty_signature', 'signature'))
  test('that is not there', () => works('missing_signature', ['form', 'signature']))
  test('in DER', () => works('der_signature', 'encoding'))
  test('with one more byte', () => works('signature_trailing_byte', 'encoding'))
  test('with padding', () => works('signature_padding', 'form'))
  test('with blanks behind it', () => works('trailing_blanks', 'form'))
  test('with another token behind it', () => works('two_tokens', 'form'))
  test('with two more parts behind it', () => works('five_parts', 'form'))
  test('by another key', () => works('wrong_key', 'signature'))
  test('by a key that is not published', () => works('unknown_key', 'signature'))
})

describe('where it is not checked, this would be a login: an algorithm', () => {
  test('none', () => works('alg_none', 'algorithm'))
  test('None', () => works('alg_none_capital', 'algorithm'))
  test('nOnE', () => works('alg_none_mixed_case', 'algorithm'))
  test('keyed with the client secret', () => works('alg_hs256', 'algorithm'))
  test('keyed with the public key in PEM', () => works('alg_hs256_public_pem', 'algorithm'))
  test('keyed with the public key as JWK', () => works('alg_hs256_public_jwk', 'algorithm'))
  test('keyed with a published secret', () => works('jwks_symmetric', 'algorithm'))
  test('for EC with an RSA key', () => works('es256_for_rsa_key', 'algorithm'))
  test('for RSA with an EC key', () => works('rs256_for_ec_key', 'algorithm'))
})

describe('where it is not checked, this would be a login: a header', () => {
  test('with a key', () => works('embedded_jwk', 'key_source'))
  test('with the address of a key', () => works('embedded_jku', 'key_source'))
  test('with a certificate', () => works('embedded_x5c', 'key_source'))
  test('with the address of a certificate', () => works('embedded_x5u', 'key_source'))
  test('with a critical rule', () => works('critical_header', 'critical'))
  test('with claims that are not encoded', () => works('unencoded_payload', 'critical'))
  test('of a logout token', () => works('logout_token', 'type'))
  test('of an access token', () => works('access_token_type', 'type'))
})

describe('where it is not checked, this would be a login: a key', () => {
  test('that is one of two', () => works('kid_missing', 'key_choice'))
  test('that is for encryption', () => works('kid_of_encryption_key', 'key_use'))
  test('that shares its name', () => works('kid_twice', 'key_choice'))
  test('named like a file', () => works('kid_as_path', 'signature'))
  test('with an endless name', () => works('kid_oversized', 'signature'))
  test('of 512 bits', () => works('rsa_key_512', 'key_size'))
  test('of 1024 bits', () => works('rsa_key_1024', 'key_size'))
  test('that everybody knows', () => works('jwks_private_key', 'private_key'))
})

describe('where it is not checked, this would be a login: an issuer', () => {
  test('that is another', () => works('wrong_issuer', 'iss'))
  test('that is missing', () => works('missing_issuer', 'iss'))
  test('with one more slash', () => works('issuer_slash', 'iss'))
  test('in other letters', () => works('issuer_other_case', 'iss'))
  test('in a list', () => works('issuer_as_list', 'iss'))
  test('said twice', () => works('doubled_issuer', 'doubled_member'))
})

describe('where it is not checked, this would be a login: a subject', () => {
  test('that is missing', () => works('missing_subject', 'sub'))
  test('that is empty', () => works('empty_subject', 'sub'))
  test('that is endless', () => works('oversized_subject', 'sub'))
  test('that is a number', () => works('subject_as_number', ['sub', 'userinfo_subject']))
  test('said twice', () => works('doubled_subject', ['doubled_member', 'userinfo_subject']))
})

describe('where it is not checked, this would be a login: an audience', () => {
  test('that is another client', () => works('wrong_audience', 'aud'))
  test('that is missing', () => works('missing_audience', 'aud'))
  test('that is another client too', () => works('extra_audience', 'aud'))
  test('that is another client too, given to nobody', () => works('missing_azp', 'aud'))
  test('that got it from another client', () => works('azp_of_another', 'azp'))
  test('that is empty', () => works('audience_empty', 'aud'))
  test('that is a number', () => works('audience_as_number', 'aud'))
  test('that is an object', () => works('audience_as_object', 'aud'))
  test('said twice', () => works('doubled_audience', 'doubled_member'))
})

describe('where it is not checked, this would be a login: a time', () => {
  test('that is over', () => works('expired', 'exp'))
  test('without end', () => works('missing_expiry', 'exp'))
  test('that ends with a text', () => works('expiry_as_text', 'exp'))
  test('that begins tomorrow', () => works('future_nbf', 'nbf'))
  test('that begins with a text', () => works('nbf_as_text', 'nbf'))
  test('of making in the future', () => works('future_iat', 'iat'))
  test('of making long ago', () => works('stale_iat', 'iat'))
  test('of making that is not said', () => works('missing_iat', 'iat'))
  test('of making in text', () => works('iat_as_text', 'iat'))
})

describe('where it is not checked, this would be a login: a nonce', () => {
  test('that nobody sent', () => works('wrong_nonce', 'nonce'))
  test('that is missing', () => works('missing_nonce', 'nonce'))
  test('in a list', () => works('nonce_as_list', 'nonce'))
  test('said twice', () => works('doubled_nonce', 'doubled_member'))
  test('of another tab', () => works('nonce_of_another_tab', 'nonce', { after: 'login' }))
})

describe('where it is not checked, this would be a login: a level or a freshness', () => {
  test('below what was asked', () => works('downgraded_acr', 'acr', LEVEL))
  test('that is not said', () => works('missing_acr', 'acr', LEVEL))
  test('in a list', () => works('acr_as_list', 'acr', LEVEL))
  test('older than was asked', () => works('stale_auth_time', 'auth_time', FRESH))
  test('that is not dated', () => works('missing_auth_time', 'auth_time', FRESH))
  test('in the future', () => works('future_auth_time', 'auth_time'))
  test('dated in text', () => works('auth_time_as_text', 'auth_time'))
})

describe('where it is not checked, this would be a login: a token', () => {
  test('with the hash of another', () => works('wrong_at_hash', 'at_hash'))
  test('with a number for a hash', () => works('at_hash_as_number', 'at_hash'))
  test('with claims in a list', () => works('payload_as_list', 'shape'))
  test('of an earlier sign-in', () => works('replayed_id_token', ['nonce', 'at_hash'], { after: 'login' }))
  test('of another provider', () => works('foreign_id_token', ['iss', 'signature']))
})
