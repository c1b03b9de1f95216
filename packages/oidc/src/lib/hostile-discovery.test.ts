import { describe, test } from 'vitest'
import { useProvider } from '../../test/hostile/provider.ts'
import { IMPATIENT, refuses } from '../../test/hostile/refuses.ts'

useProvider()

describe('a configuration is refused', () => {
  test('DISC-01 v5.0.0-10.5.3 of another issuer', () => refuses('discovery_issuer_mismatch', 'ERR_OIDC_METADATA'))
  test('DISC-01 v5.0.0-10.5.3 of an issuer with one more slash', () =>
    refuses('discovery_issuer_slash', 'ERR_OIDC_METADATA'))
  test('DISC-01 v5.0.0-10.5.3 of an issuer in other letters', () =>
    refuses('discovery_issuer_other_case', 'ERR_OIDC_METADATA'))
  test('DISC-01 of no issuer', () => refuses('discovery_missing_issuer', 'ERR_OIDC_METADATA'))
  test('DISC-01 of two issuers', () => refuses('discovery_doubled_issuer', 'ERR_OIDC_METADATA'))
  test('DISC-02 v5.0.0-12.3.1 v5.0.0-1.3.6 that names an endpoint over plain HTTP elsewhere', () =>
    refuses('discovery_foreign_endpoint', 'ERR_OIDC_METADATA'))
  test('DISC-02 v5.0.0-1.2.2 that names a script as an endpoint', () =>
    refuses('discovery_script_endpoint', 'ERR_OIDC_METADATA'))
  test('DISC-01 that names a number as an endpoint', () => refuses('discovery_endpoint_as_number', 'ERR_OIDC_METADATA'))
  test('DISC-01 without authorization endpoint', () => refuses('discovery_missing_authorization', 'ERR_OIDC_METADATA'))
  test('DISC-01 without token endpoint', () => refuses('discovery_missing_token', 'ERR_OIDC_METADATA'))
  test('DISC-01 without keys', () => refuses('discovery_missing_jwks', 'ERR_OIDC_METADATA'))
  test('DISC-01 whose list of algorithms is text', () => refuses('discovery_list_as_text', 'ERR_OIDC_METADATA'))
  test('F-23 OIDC-IDT-06 v5.0.0-9.1.2 whose only algorithm is none', () =>
    refuses('discovery_only_none', 'ERR_OIDC_METADATA'))
  test('DISC-01 that is a list', () => refuses('discovery_as_list', 'ERR_OIDC_METADATA'))
  test('DISC-02 that is too deep', () => refuses('discovery_deep', 'ERR_OIDC_METADATA'))
  test('DISC-01 that is a page', () => refuses('discovery_not_json', 'ERR_OIDC_METADATA'))
  test('DISC-01 that stops in the middle', () => refuses('discovery_cut_off', 'ERR_OIDC_METADATA'))
  test('DISC-01 v5.0.0-16.5.1 that is not there', () => refuses('discovery_missing', 'ERR_OIDC_METADATA'))
  test('DISC-02 v5.0.0-15.3.2 that is said to be elsewhere', () => refuses('discovery_redirect', 'ERR_OIDC_METADATA'))
  test('DISC-02 that is too long to read', () => refuses('discovery_oversized', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('DISC-02 that is too long once it is unpacked', () =>
    refuses('discovery_gzip_bomb', 'ERR_OIDC_PROVIDER_RESPONSE'))
  test('F-27 v5.0.0-16.5.2 that is not to be had', () =>
    refuses('discovery_unavailable', 'ERR_OIDC_PROVIDER_UNAVAILABLE'))
  test('DISC-02 that never comes', () => refuses('slow_discovery', 'ERR_OIDC_PROVIDER_UNAVAILABLE', IMPATIENT))
  test('DISC-02 that comes a byte at a time', () =>
    refuses('discovery_dripping', 'ERR_OIDC_PROVIDER_UNAVAILABLE', IMPATIENT))
})

describe('a connection', () => {
  test('F-27 v5.0.0-16.5.2 that breaks lets nobody in', () => refuses('down', 'ERR_OIDC_PROVIDER_UNAVAILABLE'))
})
