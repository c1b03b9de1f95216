import { MARKUP, OTHER_ISSUER } from './act.ts'
import type { FaultPair, FaultTools } from './act.ts'

/** The authorization response, as it comes back through the browser. */
export const RESPONSE_FAULTS = {
  missing_state: 'No state.',
  forged_state: 'A state that nobody sent.',
  doubled_state: 'Two states, the right one first.',
  swapped_state: 'The state of the sign-in before this one, which may be another tab’s or another browser’s.',
  missing_code: 'No code.',
  empty_code: 'An empty code.',
  forged_code: 'A code that the provider did not give out.',
  doubled_code: 'Two codes, the right one first.',
  swapped_code: 'The code of the sign-in before this one, used or not.',
  wrong_iss_parameter: 'Another issuer’s name.',
  missing_iss_parameter: 'No issuer, though the provider promises one.',
  doubled_iss_parameter: 'Two issuers, the right one first.',
  iss_parameter_slash: 'The issuer with one more slash.',
  access_denied: 'The person said no; the words of it are markup.',
  server_error: 'The provider has trouble of its own; the words of it are markup.',
  login_required: 'The provider does not know the person.',
  unmet_requirements: 'The asked-for level cannot be reached.',
  error_of_markup: 'An error whose name, words and address are markup.',
  error_beside_code: 'An error beside a good code.',
  id_token_beside_code: 'An ID token beside the code, which passed through the browser.',
  access_token_beside_code: 'An access token beside the code, which passed through the browser.',
  signed_response: 'A signed response (JARM) beside the code, which nobody asked for.',
} as const

type Change = (parameters: URLSearchParams, tools: FaultTools) => void

const response = (fault: Change, twin: Change = () => undefined): FaultPair => ({
  fault: { response: fault },
  twin: { response: twin },
})
/** The twin of markup that would refuse: markup in a parameter without meaning, which is to be ignored. */
const note: Change = (parameters) => parameters.set('note', MARKUP)
const error = (name: string): FaultPair => response((parameters) => becomeError(parameters, name), note)
const setting = (name: string, value: string): FaultPair => response((parameters) => parameters.set(name, value))

export const responsePairs: Readonly<Record<keyof typeof RESPONSE_FAULTS, FaultPair>> = {
  missing_state: response((parameters) => parameters.delete('state')),
  forged_state: setting('state', 'a-state-that-nobody-sent-0123456789abcdef'),
  doubled_state: response((parameters) => parameters.append('state', 'a-second-state')),
  swapped_state: response((parameters, tools) => parameters.set('state', ofEarlier('state', tools))),
  missing_code: response((parameters) => parameters.delete('code')),
  empty_code: setting('code', ''),
  forged_code: setting('code', 'a-code-that-nobody-gave-0123456789abcdef'),
  doubled_code: response((parameters) => parameters.append('code', 'a-second-code')),
  swapped_code: response((parameters, tools) => parameters.set('code', ofEarlier('code', tools))),
  wrong_iss_parameter: setting('iss', OTHER_ISSUER),
  missing_iss_parameter: response((parameters) => parameters.delete('iss')),
  doubled_iss_parameter: response((parameters) => parameters.append('iss', OTHER_ISSUER)),
  iss_parameter_slash: response((parameters, { issuer }) => parameters.set('iss', `${issuer}/`)),
  access_denied: error('access_denied'),
  server_error: error('server_error'),
  login_required: error('login_required'),
  unmet_requirements: error('unmet_authentication_requirements'),
  error_of_markup: error(MARKUP),
  error_beside_code: response((parameters) => parameters.set('error', 'invalid_request'), note),
  id_token_beside_code: setting('id_token', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lb25lLWVsc2UifQ.'),
  access_token_beside_code: setting('access_token', 'an-access-token-of-the-attacker'),
  signed_response: setting('response', 'eyJhbGciOiJub25lIn0.eyJjb2RlIjoiYXR0YWNrZXIifQ.'),
}

function becomeError(parameters: URLSearchParams, name: string): void {
  parameters.delete('code')
  parameters.set('error', name)
  parameters.set('error_description', MARKUP)
  parameters.set('error_uri', 'javascript:alert("provider text")')
}

function ofEarlier(name: string, { earlier }: FaultTools): string {
  const value = earlier.responses.at(-1)?.get(name)
  if (value === undefined || value === null) throw new Error('This fault needs an earlier sign-in at this provider')
  return value
}
