import type { Requirement } from './requirement.ts'

// Why a requirement waits, or is none for these packages; each said once for all that share it.

type Reason = Requirement['status']

export const BEARER: Reason = { waits: 'bearer tokens are not judged yet' }
export const DELIVERY: Reason = { waits: 'no code or link is sent to people yet' }
export const DETECTIONS: Reason = { waits: 'detections are still to come' }
export const LOGOUT: Reason = { waits: 'logout by the provider is still to come' }
export const PROVIDER: Reason = { waits: 'the half on the side of the provider is still to come' }
export const REPORTS: Reason = { waits: 'reports for auditors are still to come' }

export const NO_PASSWORDS: Reason = { notApplicable: 'no package keeps passwords' }
export const NO_PUSH: Reason = { notApplicable: 'nothing is approved by push' }
export const NO_REFRESH: Reason = { notApplicable: 'no token is kept or refreshed' }
export const THE_APPLICATION: Reason = { notApplicable: 'the application or the proxy in front of it decides' }
