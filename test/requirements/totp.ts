import type { Requirement } from './requirement.ts'

/** Time-based one-time codes (RFC 6238, RFC 4226) and their key URIs. */
export const TOTP: readonly Requirement[] = [
  { id: 'TOTP-01', title: 'Steps of 30 seconds, beyond 32 bits', status: 'tested' },
  { id: 'TOTP-02', title: 'Truncation to six digits or more, zeros kept', status: 'tested' },
  { id: 'TOTP-03', title: 'Secrets are random and long enough', status: 'tested' },
  { id: 'TOTP-04', title: 'Codes are compared as texts of fixed length', status: 'tested' },
  { id: 'TOTP-05', title: 'One neighbouring step at most is accepted', status: 'tested' },
  { id: 'TOTP-06', title: 'No step counts twice', status: 'tested' },
  { id: 'TOTP-07', title: 'Tries are counted across sessions', status: 'tested' },
  {
    id: 'TOTP-08',
    title: 'Counters look little ahead',
    status: { notApplicable: 'codes by counter are not offered' },
  },
  { id: 'TOTP-09', title: 'Seeds are stored sealed', status: 'tested' },
  { id: 'TOTP-10', title: 'A seed counts only after its first code', status: 'tested' },
  { id: 'TOTP-11', title: 'Guessing a code stays as unlikely as computed', status: 'tested' },
  { id: 'OTPURI-01', title: 'Labels are encoded and cannot add anything', status: 'tested' },
  { id: 'OTPURI-02', title: 'Parameters are spelt out for every app', status: 'tested' },
  { id: 'OTPURI-03', title: 'The picture is made here and kept nowhere', status: 'tested' },
]
