// oxlint-disable vitest/expect-expect -- `works` and its like expect
import { describe, test } from 'vitest'
import { useProvider } from '../../test/hostile/provider.ts'
import { givesNothing, hangs, sendsElsewhere, useCarelessClient, works } from '../../test/hostile/works.ts'

useProvider()
useCarelessClient()

describe('where it is not checked, this would be a login: a callback', () => {
  test('without state', () => works('missing_state', 'state'))
  test('with a state that nobody sent', () => works('forged_state', 'state'))
  test('with two states', () => works('doubled_state', 'single'))
  test('with the state of another tab', () => works('swapped_state', 'state', { after: 'code' }))
  test('with two codes', () => works('doubled_code', 'single'))
  test('with the code of another tab', () => works('swapped_code', ['pkce', 'nonce'], { after: 'code' }))
  test('of another issuer', () => works('wrong_iss_parameter', 'response_issuer'))
  test('of an issuer with one more slash', () => works('iss_parameter_slash', 'response_issuer'))
  test('of no issuer', () => works('missing_iss_parameter', 'response_issuer'))
  test('of two issuers', () => works('doubled_iss_parameter', 'single'))
  test('with an error beside the code', () => works('error_beside_code', 'error'))
  test('with an ID token beside the code', () => works('id_token_beside_code', 'front_channel'))
  test('with an access token beside the code', () => works('access_token_beside_code', 'front_channel'))
  test('with a signed response beside the code', () => works('signed_response', 'front_channel'))
})

describe('where it is not checked, this would be a login: a token answer', () => {
  test('with an error beside the tokens', () => works('token_error_beside_tokens', 'error_beside_tokens'))
  test('from elsewhere, where the code went', () => works('token_redirect', 'redirect'))
  test('from elsewhere', () => works('token_moved', 'redirect'))
  test('without bound', () => works('token_oversized', 'size'))
  test('that calls itself a page', () => works('token_wrong_type', 'content_type'))
  test('in a list', () => works('token_as_list', 'shape'))
  test('without access token', () => works('missing_access_token', 'access_token'))
  test('whose access token is a number', () => works('access_token_as_number', 'access_token'))
  test('whose access token has no type', () => works('missing_token_type', 'token_type'))
  test('whose access token has another type', () => works('other_token_type', 'token_type'))
  test('without ID token', () => works('missing_id_token', 'id_token'))
  test('whose ID token is a list', () => works('id_token_as_list', 'id_token'))
  test('with two ID tokens', () => works('doubled_id_token', 'doubled_member'))
})

describe('where it is not checked, this would be a login: UserInfo', () => {
  test('about someone else', () => works('userinfo_other_subject', 'userinfo_subject'))
  test('about nobody', () => works('userinfo_missing_subject', 'userinfo_subject'))
  test('about a list', () => works('userinfo_subject_as_list', 'userinfo_subject'))
  test('about two', () => works('doubled_userinfo_subject', 'doubled_member'))
  test('in a list', () => works('userinfo_as_list', 'shape'))
  test('that is a page', () => works('userinfo_not_json', ['content_type', 'json', 'userinfo_subject']))
  test('without bound', () => works('userinfo_oversized', 'size'))
  test('from elsewhere', () => works('userinfo_redirect', 'redirect'))
  test('that is refused', () => works('userinfo_unauthorized', ['status', 'userinfo_subject']))
  test('that is none', () => works('userinfo_unavailable', ['status', 'content_type', 'json', 'userinfo_subject']))
  test('signed by another key', () => works('userinfo_forged', 'userinfo_signature'))
  test('signed by nobody', () => works('userinfo_alg_none', 'userinfo_signature'))
})

describe('where it is not checked, this would be a login: keys', () => {
  test('that are none', () => works('jwks_empty', 'signature'))
  test('that are a page', () => works('jwks_not_json', ['content_type', 'json', 'signature']))
  test('that are no list', () => works('jwks_as_object', 'shape'))
  test('that are ten thousand', () => works('jwks_ten_thousand', 'key_count'))
  test('without bound', () => works('jwks_oversized', 'size'))
  test('from elsewhere', () => works('jwks_redirect', 'redirect'))
  test('that are not to be had', () => works('jwks_unavailable', ['status', 'content_type', 'json', 'signature']))
})

describe('where it is not checked, this would be a login: a configuration', () => {
  test('of another issuer', () => works('discovery_issuer_mismatch', 'discovery_issuer'))
  test('of an issuer with one more slash', () => works('discovery_issuer_slash', 'discovery_issuer'))
  test('of an issuer in other letters', () => works('discovery_issuer_other_case', 'discovery_issuer'))
  test('of no issuer', () => works('discovery_missing_issuer', 'discovery_issuer'))
  test('of two issuers', () => works('discovery_doubled_issuer', 'doubled_member'))
  test('whose list is text', () => works('discovery_list_as_text', 'metadata'))
  test('whose only algorithm is none', () => works('discovery_only_none', 'metadata'))
  test('in a list', () => works('discovery_as_list', 'shape'))
  test('that is too deep', () => works('discovery_deep', 'depth'))
  test('without bound', () => works('discovery_oversized', 'size'))
  test('without bound once it is unpacked', () => works('discovery_gzip_bomb', 'size'))
  test('from elsewhere', () => works('discovery_redirect', 'redirect'))
})

describe('where it is not checked, this goes to the attacker:', () => {
  test('the code and the secret, by the token endpoint of a configuration', () =>
    sendsElsewhere('discovery_foreign_endpoint', 'endpoints'))
  test('the browser, by the authorization endpoint of a configuration', () =>
    sendsElsewhere('discovery_script_endpoint', 'endpoints'))
})

describe('where nobody looks at the clock, this waits for ever:', () => {
  test('a configuration that never comes', () => hangs('slow_discovery'))
  test('a configuration that comes a byte at a time', () => hangs('discovery_dripping'))
  test('keys that never come', () => hangs('slow_jwks'))
  test('keys that come a byte at a time', () => hangs('jwks_dripping'))
  test('a token answer that never comes', () => hangs('slow_token'))
  test('UserInfo that never comes', () => hangs('slow_userinfo'))
})

describe('whatever is not checked, this has nothing to be taken for a login:', () => {
  test('no code', () => givesNothing('missing_code'))
  test('an empty code', () => givesNothing('empty_code'))
  test('a code that was not given', () => givesNothing('forged_code'))
  test('a person who said no', () => givesNothing('access_denied'))
  test('a provider in trouble', () => givesNothing('server_error'))
  test('a person who is not known', () => givesNothing('login_required'))
  test('a level that cannot be reached', () => givesNothing('unmet_requirements'))
  test('an error of markup', () => givesNothing('error_of_markup'))
  test('a refused code', () => givesNothing('token_error'))
  test('a code refused with markup', () => givesNothing('token_error_of_markup'))
  test('a refused client', () => givesNothing('token_client_refused'))
  test('no token answer', () => givesNothing('token_unavailable'))
  test('a page for a token answer', () => givesNothing('token_not_json'))
  test('half a token answer', () => givesNothing('token_cut_off'))
  test('claims that are no JSON', () => givesNothing('payload_not_json'))
  test('no authorization endpoint', () => givesNothing('discovery_missing_authorization'))
  test('no configuration', () => givesNothing('discovery_missing'))
  test('a configuration that is not to be had', () => givesNothing('discovery_unavailable'))
  test('a page for a configuration', () => givesNothing('discovery_not_json'))
  test('half a configuration', () => givesNothing('discovery_cut_off'))
  test('no connection', () => givesNothing('down'))
})

describe('a configuration without an address', () => {
  test('of tokens leads nowhere', () => sendsElsewhere('discovery_missing_token', 'endpoints'))
  test('of tokens, but a number, leads nowhere', () => sendsElsewhere('discovery_endpoint_as_number', 'endpoints'))
  test('of keys leads nowhere', () => sendsElsewhere('discovery_missing_jwks', 'endpoints'))
})
