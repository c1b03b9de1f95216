/** A class of OCSF 1.8 that events of the registry belong to. */
export interface OcsfClass {
  readonly name: string
  readonly activities: Readonly<Record<number, string>>
  /** It has places for the request and for where it came from. */
  readonly hasRequest: boolean
}

/** The activity that a class has no number for. */
export const OTHER_ACTIVITY = 99

/** By `class_uid`; activities as far as the registry uses them. */
export const OCSF_CLASSES: Readonly<Record<number, OcsfClass>> = {
  3001: { name: 'Account Change', hasRequest: true, activities: { 9: 'Lock', 12: 'Unlock' } },
  3002: {
    name: 'Authentication',
    hasRequest: true,
    activities: { 1: 'Logon', 2: 'Logoff', 3: 'Authentication Ticket', 5: 'Service Ticket Renew', 6: 'Preauth' },
  },
  3004: {
    name: 'Entity Management',
    hasRequest: true,
    activities: {
      1: 'Create',
      2: 'Read',
      3: 'Update',
      4: 'Delete',
      6: 'Enroll',
      7: 'Unenroll',
      9: 'Disable',
      11: 'Deactivate',
    },
  },
  3005: { name: 'User Access', hasRequest: true, activities: {} },
  6002: { name: 'Application Lifecycle', hasRequest: false, activities: { 3: 'Start', 4: 'Stop', 5: 'Restart' } },
  6003: { name: 'API Activity', hasRequest: true, activities: {} },
  6008: { name: 'Application Error', hasRequest: false, activities: { 1: 'General Error' } },
}
