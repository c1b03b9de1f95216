import { DELIVERY } from './reasons.ts'
import type { Requirement } from './requirement.ts'

/** Cookies, sessions, forms, headers and redirects (`WEB`), and what step-up means (`STEP`). */
export const WEB: readonly Requirement[] = [
  { id: 'WEB-01', title: 'Cookies are narrow, opaque and do not last', status: 'tested' },
  { id: 'WEB-02', title: 'Only our own session ids count, new at each rise', status: 'tested' },
  { id: 'WEB-03', title: 'The sign-in cookie survives the way back', status: 'tested' },
  { id: 'WEB-04', title: 'Nothing changes by a safe method', status: 'tested' },
  { id: 'WEB-05', title: 'Every form has its own token', status: 'tested' },
  { id: 'WEB-06', title: 'Forms of other sites are refused', status: 'tested' },
  { id: 'WEB-07', title: 'Programs send JSON from this origin', status: 'tested' },
  { id: 'WEB-08', title: 'Pages allow nothing but what they need', status: 'tested' },
  { id: 'WEB-09', title: 'Pages carry all protective headers', status: 'tested' },
  { id: 'WEB-10', title: 'Forms that lead to the provider are not blocked', status: 'tested' },
  {
    id: 'WEB-11',
    title: 'Logout clears session, cookie and browser',
    status: { waits: 'logout does not send Clear-Site-Data yet' },
  },
  { id: 'WEB-12', title: 'Return paths are kept here and stay here', status: 'tested' },
  { id: 'WEB-13', title: 'No address is made from the Host header', status: 'tested' },
  { id: 'WEB-14', title: 'Known and unknown people get the same answer', status: 'tested' },
  { id: 'WEB-15', title: 'Links in mails do nothing until confirmed', status: DELIVERY },
  {
    id: 'WEB-16',
    title: 'Changing an address takes proof and notice',
    status: { notApplicable: 'the application keeps the addresses' },
  },
  { id: 'STEP-01', title: 'The server decides from stored proof', status: 'tested' },
  { id: 'STEP-02', title: 'Proofs age and die with what they rest on', status: 'tested' },
  { id: 'STEP-03', title: 'One proof is for exactly the action shown', status: 'tested' },
  { id: 'STEP-04', title: 'Steps come in order, and the last check at the end', status: 'tested' },
  { id: 'STEP-05', title: 'A factor is changed by the factor before it', status: 'tested' },
  { id: 'STEP-06', title: 'Interrupted requests are sent again by the person', status: 'tested' },
  { id: 'STEP-07', title: 'Limits block no other factor and no logout', status: 'tested' },
]
