import { ACCESSIBILITY } from './accessibility.ts'
import { ASVS_AUTHENTICATION } from './asvs-authentication.ts'
import { ASVS_DATA } from './asvs-data.ts'
import { ASVS_LOGGING } from './asvs-logging.ts'
import { ASVS_OIDC } from './asvs-oidc.ts'
import { ASVS_SESSIONS } from './asvs-sessions.ts'
import { ASVS_WEB } from './asvs-web.ts'
import { CHOICES } from './choices.ts'
import { FAILURES } from './failures.ts'
import { LOGGING } from './logging.ts'
import { NIST } from './nist.ts'
import { OIDC } from './oidc.ts'
import type { Requirement } from './requirement.ts'
import { TOTP } from './totp.ts'
import { WEB } from './web.ts'
import { WEBAUTHN } from './webauthn.ts'

/** Every requirement that the packages answer to, in the order in which it is shown. */
export const REQUIREMENTS: readonly Requirement[] = [
  ...FAILURES,
  ...ASVS_AUTHENTICATION,
  ...ASVS_SESSIONS,
  ...ASVS_OIDC,
  ...ASVS_LOGGING,
  ...ASVS_WEB,
  ...ASVS_DATA,
  ...NIST,
  ...OIDC,
  ...WEBAUTHN,
  ...TOTP,
  ...WEB,
  ...LOGGING,
  ...ACCESSIBILITY,
  ...CHOICES,
]
