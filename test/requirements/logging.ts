import { DELIVERY } from './reasons.ts'
import type { Requirement } from './requirement.ts'

/** What the log holds, never holds, and withstands. */
export const LOGGING: readonly Requirement[] = [
  { id: 'LOG-01', title: 'Every entry has all that an inquiry needs', status: 'tested' },
  {
    id: 'LOG-02',
    title: 'All kinds of events are recorded',
    status: 'tested',
  },
  { id: 'LOG-03', title: 'Codes, secrets and tokens are never recorded', status: 'tested' },
  { id: 'LOG-04', title: 'Persons are pseudonyms', status: 'tested' },
  { id: 'LOG-05', title: 'No text injects anything', status: 'tested' },
  { id: 'LOG-06', title: 'Events from clients are marked', status: { notApplicable: 'clients send no events' } },
  { id: 'LOG-07', title: 'No level switches events off', status: 'tested' },
  { id: 'LOG-08', title: 'Changes, gaps and older copies are found', status: 'tested' },
  { id: 'LOG-09', title: 'A log in trouble says so and stops nobody', status: 'tested' },
  { id: 'LOG-10', title: 'Entries are kept as long as promised', status: 'tested' },
  { id: 'LOG-11', title: 'Codes are brief, limited and replaced when sent again', status: DELIVERY },
  { id: 'LOG-12', title: 'Failures after a right login offer another way and are told', status: 'tested' },
  { id: 'LOG-13', title: 'Changing a factor takes a factor and is told', status: 'tested' },
]
