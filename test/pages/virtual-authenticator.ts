import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** What the virtual authenticator can do. */
export interface VirtualAuthenticator {
  /** Whether it keeps passkeys by itself, so that they are found without being named. */
  readonly resident: boolean
  readonly userVerified: boolean
}

/**
 * Opens a window of Chromium whose only authenticator is a virtual one, which says yes at once.
 *
 * @param browser closed by the caller, with the window.
 * @param authenticator what it can do.
 * @param look how the window looks.
 */
export async function openWithAuthenticator(
  browser: Browser,
  authenticator: VirtualAuthenticator,
  look: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext(look)
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: authenticator.resident,
      hasUserVerification: true,
      isUserVerified: authenticator.userVerified,
      automaticPresenceSimulation: true,
    },
  })
  return page
}
