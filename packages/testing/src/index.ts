export { createBrowser } from './lib/browser.ts'
export { capturedDeliveries } from './lib/captured-deliveries.ts'
export { startFakeProvider } from './lib/fake-provider.ts'
export { faults } from './lib/faults.ts'
export { manualClock } from './lib/manual-clock.ts'
export { createSoftwareAuthenticator } from './lib/software-authenticator.ts'
export type { Browser, BrowserPage } from './lib/browser.ts'
export type { CapturedDeliveries } from './lib/captured-deliveries.ts'
export type { JarCookie } from './lib/cookie-jar.ts'
export type { FakeProvider } from './lib/fake-provider.ts'
export type { FaultName } from './lib/faults.ts'
export type { PageForm } from './lib/html-forms.ts'
export type { ManualClock } from './lib/manual-clock.ts'
export type { FakeProviderOptions } from './lib/provider-options.ts'
export type { FakeAccount, FakeClient } from './lib/provider-people.ts'
export type {
  CredentialJson,
  SoftwareAuthenticator,
  SoftwareAuthenticatorOptions,
} from './lib/software-authenticator.ts'
