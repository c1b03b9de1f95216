import type { Requirement } from './requirement.ts'

/** OWASP ASVS 5.0, chapter V16. */
export const ASVS_LOGGING: readonly Requirement[] = [
  { id: 'v5.0.0-16.1.1', title: 'Every event is in the inventory', status: 'tested' },
  { id: 'v5.0.0-16.2.1', title: 'Events say when, where, who and what', status: 'tested' },
  { id: 'v5.0.0-16.2.2', title: 'Times are UTC by one clock', status: 'tested' },
  { id: 'v5.0.0-16.2.3', title: 'Events go only where the inventory says', status: 'tested' },
  { id: 'v5.0.0-16.2.4', title: 'Events have one form that machines read', status: 'tested' },
  { id: 'v5.0.0-16.2.5', title: 'No secret and no session id in any event', status: 'tested' },
  { id: 'v5.0.0-16.3.1', title: 'Every authentication is recorded with factor and outcome', status: 'tested' },
  { id: 'v5.0.0-16.3.2', title: 'Every decision of the gate is recorded', status: 'tested' },
  { id: 'v5.0.0-16.3.3', title: 'Attempts to get around are recorded', status: 'tested' },
  { id: 'v5.0.0-16.3.4', title: 'Failures of parts and controls are recorded', status: 'tested' },
  { id: 'v5.0.0-16.4.1', title: 'No content breaks out of its line', status: 'tested' },
  { id: 'v5.0.0-16.4.2', title: 'Changing the log is detected', status: 'tested' },
  { id: 'v5.0.0-16.4.3', title: 'Copies go elsewhere and none is lost', status: 'tested' },
  { id: 'v5.0.0-16.5.1', title: 'Errors tell the outside nothing', status: 'tested' },
  { id: 'v5.0.0-16.5.2', title: 'Failing services are survived without opening', status: 'tested' },
  { id: 'v5.0.0-16.5.3', title: 'Exceptions never open the gate', status: 'tested' },
  { id: 'v5.0.0-16.5.4', title: 'Unexpected rejections reach the error handler', status: 'tested' },
]
