import { describe, test } from 'vitest'
import { useProvider } from '../../test/hostile/provider.ts'
import { IMPATIENT, refuses } from '../../test/hostile/refuses.ts'

useProvider()

describe('an ID token is refused whose signature', () => {
  test('F-22 OIDC-IDT-05 v5.0.0-6.8.2 v5.0.0-9.1.1 is flipped in one bit', () =>
    refuses('bad_signature', 'ERR_OIDC_SIGNATURE'))
  test('F-22 OIDC-IDT-05 is empty though an algorithm is named', () => refuses('empty_signature', 'ERR_OIDC_SIGNATURE'))
  test('F-22 OIDC-IDT-05 is not there at all', () => refuses('missing_signature', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-05 is in DER', () => refuses('der_signature', 'ERR_OIDC_SIGNATURE'))
  test('OIDC-IDT-05 has one more byte', () => refuses('signature_trailing_byte', 'ERR_OIDC_SIGNATURE'))
  test('F-22 OIDC-IDT-05 is another key’s under the real key’s name', () => refuses('wrong_key', 'ERR_OIDC_SIGNATURE'))
  test('F-22 OIDC-IDT-05 v5.0.0-9.1.3 is of a key that the provider does not publish', () =>
    refuses('unknown_key', 'ERR_OIDC_SIGNATURE'))
})

describe('an ID token is refused whose form', () => {
  test('OIDC-IDT-05 is padded', () => refuses('signature_padding', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-05 goes on after its end', () => refuses('trailing_blanks', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-05 is that of two tokens', () => refuses('two_tokens', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-05 is that of an encrypted one, which was not agreed on', () =>
    refuses('five_parts', 'ERR_OIDC_TOKEN'))
})

describe('an ID token is refused whose algorithm', () => {
  test('F-23 OIDC-IDT-06 v5.0.0-6.8.2 v5.0.0-9.1.2 is none', () => refuses('alg_none', 'ERR_OIDC_ALGORITHM'))
  test('F-23 OIDC-IDT-06 v5.0.0-9.1.2 is None', () => refuses('alg_none_capital', 'ERR_OIDC_ALGORITHM'))
  test('F-23 OIDC-IDT-06 v5.0.0-9.1.2 is nOnE', () => refuses('alg_none_mixed_case', 'ERR_OIDC_ALGORITHM'))
  test('F-23 OIDC-IDT-06 v5.0.0-6.8.2 v5.0.0-9.1.2 takes the client secret for a key', () =>
    refuses('alg_hs256', 'ERR_OIDC_ALGORITHM'))
  test('F-23 OIDC-IDT-06 v5.0.0-6.8.2 v5.0.0-9.1.2 takes the public key in PEM for a secret', () =>
    refuses('alg_hs256_public_pem', 'ERR_OIDC_ALGORITHM'))
  test('F-23 OIDC-IDT-06 v5.0.0-6.8.2 v5.0.0-9.1.2 takes the public key as JWK for a secret', () =>
    refuses('alg_hs256_public_jwk', 'ERR_OIDC_ALGORITHM'))
  test('F-23 OIDC-IDT-06 is for EC, and the key is for RSA', () => refuses('es256_for_rsa_key', 'ERR_OIDC_SIGNATURE'))
  test('F-23 OIDC-IDT-06 is for RSA, and the key is for EC', () => refuses('rs256_for_ec_key', 'ERR_OIDC_SIGNATURE'))
  test('F-23 OIDC-IDT-06 v5.0.0-9.1.2 takes a published secret', () => refuses('jwks_symmetric', 'ERR_OIDC_ALGORITHM'))
})

describe('an ID token is refused whose header', () => {
  test('v5.0.0-9.1.3 brings its own key', () => refuses('embedded_jwk', 'ERR_OIDC_SIGNATURE'))
  test('v5.0.0-9.1.3 says where its key is', () => refuses('embedded_jku', 'ERR_OIDC_SIGNATURE'))
  test('v5.0.0-9.1.3 brings its own certificate', () => refuses('embedded_x5c', 'ERR_OIDC_SIGNATURE'))
  test('v5.0.0-9.1.3 says where its certificate is', () => refuses('embedded_x5u', 'ERR_OIDC_SIGNATURE'))
  test('OIDC-IDT-05 has a critical rule that nobody knows', () => refuses('critical_header', 'ERR_OIDC_TOKEN'))
  test('OIDC-IDT-05 says that the claims are not encoded', () => refuses('unencoded_payload', 'ERR_OIDC_TOKEN'))
  test('F-26 v5.0.0-9.2.2 says that it is a logout token', () => refuses('logout_token', 'ERR_OIDC_TOKEN'))
  test('F-26 v5.0.0-9.2.2 says that it is an access token', () => refuses('access_token_type', 'ERR_OIDC_TOKEN'))
})

describe('an ID token is refused whose key', () => {
  test('OIDC-IDT-05 could be one of two', () => refuses('kid_missing', 'ERR_OIDC_SIGNATURE'))
  test('OIDC-IDT-05 is published for encryption', () => refuses('kid_of_encryption_key', 'ERR_OIDC_SIGNATURE'))
  test('OIDC-IDT-05 shares its name with another', () => refuses('kid_twice', 'ERR_OIDC_SIGNATURE'))
  test('OIDC-IDT-05 v5.0.0-9.1.3 is named like a file', () => refuses('kid_as_path', 'ERR_OIDC_SIGNATURE'))
  test('OIDC-IDT-05 has a name of a hundred thousand characters', () => refuses('kid_oversized', 'ERR_OIDC_SIGNATURE'))
  test('v5.0.0-11.6.1 is an RSA key of 512 bits', () => refuses('rsa_key_512', 'ERR_OIDC_SIGNATURE'))
  test('v5.0.0-11.6.1 is an RSA key of 1024 bits', () => refuses('rsa_key_1024', 'ERR_OIDC_SIGNATURE'))
  test('OIDC-IDT-05 is not secret: its private half is published', () =>
    refuses('jwks_private_key', 'ERR_OIDC_SIGNATURE'))
})

describe('an ID token is refused while the keys', () => {
  test('OIDC-IDT-05 are none', () => refuses('jwks_empty', 'ERR_OIDC_SIGNATURE'))
  test('v5.0.0-16.3.4 v5.0.0-16.5.2 are not to be had', () =>
    refuses('jwks_unavailable', 'ERR_OIDC_PROVIDER_UNAVAILABLE'))
  test('DISC-02 never come', () => refuses('slow_jwks', 'ERR_OIDC_PROVIDER_UNAVAILABLE', IMPATIENT))
  test('DISC-02 come a byte at a time', () => refuses('jwks_dripping', 'ERR_OIDC_PROVIDER_UNAVAILABLE', IMPATIENT))
  test('DISC-02 are too long to read', () => refuses('jwks_oversized', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DISC-02 v5.0.0-15.3.2 are said to be elsewhere', () => refuses('jwks_redirect', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DISC-02 are ten thousand', () => refuses('jwks_ten_thousand', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DISC-01 are no list', () => refuses('jwks_as_object', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DISC-01 are a page', () => refuses('jwks_not_json', 'ERR_OIDC_PROVIDER_RESPONSE'))
})
