import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'

/** A window of Chromium on a device with passkeys of its own. */
export interface PasskeyWindow {
  readonly context: BrowserContext
  readonly page: Page
  /** Whether the device recognises its owner from now on. */
  readonly verifiesUser: (does: boolean) => Promise<void>
  /** Takes the device's authenticator away, as a security key is pulled out, and puts another one in its place. */
  readonly changeDevice: () => Promise<void>
}

const AUTHENTICATOR = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const

/** Opens a window whose only authenticator is a virtual one, which says yes at once. */
export async function openPasskeyWindow(browser: Browser): Promise<PasskeyWindow> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('WebAuthn.enable')
  let authenticatorId = await addAuthenticator(session)
  return {
    context,
    page,
    verifiesUser: async (isUserVerified) =>
      void (await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })),
    async changeDevice() {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
      authenticatorId = await addAuthenticator(session)
    },
  }
}

async function addAuthenticator(session: CDPSession): Promise<string> {
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options: AUTHENTICATOR })
  return authenticatorId
}
