export type { AuthContext } from './lib/profile.ts'
export type { AuthenticateOptions, StrategyOptionsWithRequest } from './lib/strategy-options.ts'
export type { VerifyDone, VerifyFunction, VerifyFunctionWithRequest } from './lib/verify-callback.ts'
