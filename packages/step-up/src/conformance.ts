export { testFactor } from './lib/conformance/test-factor.ts'
export type { FactorHooks } from './lib/conformance/hooks.ts'
