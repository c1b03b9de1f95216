export { testFactor, testGivenFactor } from './lib/conformance/test-factor.ts'
export type { FactorHooks, GivenFactorHooks } from './lib/conformance/hooks.ts'
