export { TotpError } from './lib/errors.ts'
export type { TotpErrorCode } from './lib/errors.ts'
export type { TotpAlgorithm, TotpOptions } from './lib/options.ts'
export { totp } from './lib/totp.ts'
