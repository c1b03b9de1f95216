import { describe, expect, test } from 'vitest'
import { addressesOf, describeMetadata, provenAddresses } from './endpoints.ts'
import type { ServerMetadata } from 'openid-client'
import type { ClientProof } from './provider-settings.ts'

const AT = 'https://id.example'
const BARE: ServerMetadata = {
  issuer: AT,
  authorization_endpoint: `${AT}/auth`,
  token_endpoint: `${AT}/token`,
  jwks_uri: `${AT}/jwks`,
}
const FULL: ServerMetadata = {
  ...BARE,
  userinfo_endpoint: `${AT}/me`,
  end_session_endpoint: `${AT}/end`,
  pushed_authorization_request_endpoint: `${AT}/par`,
  mtls_endpoint_aliases: { token_endpoint: 'https://mtls.id.example/token' },
}
const SECRET: ClientProof = { by: 'secret', secret: 'a secret' }
const CERTIFICATE: ClientProof = { by: 'certificate', certificate: '', key: '' }

describe('addressesOf', () => {
  test('DISC-02 names everything that requests or browsers are sent to', () => {
    expect(addressesOf(FULL, SECRET)).toEqual(['auth', 'token', 'jwks', 'me', 'end', 'par'].map((at) => `${AT}/${at}`))
  })

  test('DISC-02 shows where one is missing that has to be there', () => {
    expect(addressesOf({ issuer: AT }, SECRET)).toEqual([undefined, undefined, undefined])
  })

  test('counts the addresses for mutual TLS where it is used', () => {
    expect(addressesOf(FULL, CERTIFICATE)).toContain('https://mtls.id.example/token')
    expect(addressesOf(FULL, SECRET)).not.toContain('https://mtls.id.example/token')
  })
})

describe('provenAddresses', () => {
  test('are those where the client proves itself, by their aliases where they have any', () => {
    expect([...provenAddresses(FULL)]).toEqual(['https://mtls.id.example/token', `${AT}/me`, `${AT}/par`])
    expect([...provenAddresses(BARE)]).toEqual([`${AT}/token`])
  })
})

describe('describeMetadata', () => {
  const changed = (change: Partial<ServerMetadata>): boolean =>
    describeMetadata({ ...FULL, ...change }).join('\n') !== describeMetadata(FULL).join('\n')

  test('changes with every address', () => {
    expect(changed({ pushed_authorization_request_endpoint: `${AT}/other` })).toBe(true)
    expect(changed({ end_session_endpoint: `${AT}/other` })).toBe(true)
    expect(changed({ mtls_endpoint_aliases: { token_endpoint: `${AT}/other` } })).toBe(true)
  })

  test('changes with every demand and algorithm', () => {
    expect(changed({ require_pushed_authorization_requests: true })).toBe(true)
    expect(changed({ require_signed_request_object: true })).toBe(true)
    expect(changed({ dpop_signing_alg_values_supported: ['ES256'] })).toBe(true)
    expect(changed({ token_endpoint_auth_methods_supported: ['private_key_jwt'] })).toBe(true)
  })

  test('stays the same with what is not used', () => {
    expect(changed({ service_documentation: `${AT}/docs` })).toBe(false)
  })
})
