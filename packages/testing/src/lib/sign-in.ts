import { ACR_VALUES } from './provider-configuration.ts'
import { messagePage, signInPage } from './provider-pages.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'
import type { FakeAccount } from './provider-people.ts'

const MAX_FORM_BYTES = 16_384
const [PASSWORD, MFA] = ACR_VALUES

/** What the sign-in page needs to know. */
export interface SignInParts {
  readonly accounts: () => readonly FakeAccount[]
  /** Seconds since the epoch. */
  readonly now: () => number
}

/** Shows the sign-in form and judges what comes back; whatever fails becomes a page, for a test to read. */
export async function serveSignIn(
  provider: Provider,
  parts: SignInParts,
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const { request, response } = exchange
  try {
    const { params } = await provider.interactionDetails(request, response)
    if (request.method !== 'POST') return sendPage(response, 200, signInPage(request.url ?? '', false))
    const form = await readForm(request)
    const result = form.has('cancel') ? CANCELLED : signIn(form, params['acr_values'], parts)
    if (!result) return sendPage(response, 401, signInPage(request.url ?? '', true))
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  } catch {
    sendPage(response, 400, messagePage('That did not work', 'This sign-in is over. Start again where you came from.'))
  }
}

const CANCELLED: InteractionResults = { error: 'access_denied', error_description: 'The person cancelled' }

/** The provider reaches the wanted level when it knows it: there a second factor is taken as given. */
function signIn(form: URLSearchParams, acrValues: unknown, parts: SignInParts): InteractionResults | undefined {
  const name = form.get('username')
  const account = parts.accounts().find((one) => one.sub === name || one.email === name)
  if (account?.password !== form.get('password') || !account) return undefined
  const wanted = typeof acrValues === 'string' ? acrValues.split(' ') : []
  const acr = ACR_VALUES.find((known) => wanted.includes(known)) ?? PASSWORD
  const amr = acr === MFA ? ['pwd', 'otp', 'mfa'] : ['pwd']
  return { login: { accountId: account.sub, acr, amr, ts: parts.now() } }
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > MAX_FORM_BYTES) throw new Error('The sign-in form is too large')
    parts.push(bytes)
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'))
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
  response.writeHead(status, headers).end(html)
}
