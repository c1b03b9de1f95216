import { isBelow, reachLevel, readWantedLevels } from './provider-levels.ts'
import { consentPage, messagePage, signInPage } from './provider-pages.ts'
import { localeOf } from './provider-texts.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'
import type { ReachedLevel, WantedLevels } from './provider-levels.ts'
import type { ProviderSettings } from './provider-options.ts'
import type { SignInView } from './provider-pages.ts'
import type { FakeAccount } from './provider-people.ts'

const MAX_FORM_BYTES = 16_384
const NOTHING_WANTED: WantedLevels = { acr: [], essential: false, acrs: [] }

/** What the sign-in page needs to know. */
export interface SignInParts {
  readonly settings: Pick<ProviderSettings, 'title' | 'levels' | 'acrs'>
  readonly accounts: () => readonly FakeAccount[]
  /** Seconds since the epoch. */
  readonly now: () => number
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** The part of node-oidc-provider's interaction that matters here. */
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** Shows the sign-in form and judges what comes back; whatever fails becomes a page, for a test to read. */
export async function serveSignIn(provider: Provider, parts: SignInParts, exchange: Exchange): Promise<void> {
  const { request, response } = exchange
  try {
    const interaction = await provider.interactionDetails(request, response)
    const show = (status: number): void => sendPage(response, status, pageFor(interaction, parts, status === 401))
    if (request.method !== 'POST') return show(200)
    const result = judge(await readForm(request), interaction, parts)
    if (!result) return show(401)
    await provider.interactionFinished(request, response, result)
  } catch {
    const sentence = 'This sign-in is over. Start again where you came from.'
    sendPage(response, 400, messagePage(parts.settings.title, { heading: 'That did not work', sentence }))
  }
}

function pageFor({ params, prompt, session, uid }: Interaction, parts: SignInParts, failed: boolean): string {
  const { title } = parts.settings
  const view = { title, locale: localeOf(params['ui_locales']), action: `/interaction/${uid}` }
  if (prompt.name === 'consent') return consentPage(view)
  const choosing = prompt.name === 'select_account'
  const current = choosing ? parts.accounts().find((one) => one.sub === session?.accountId)?.name : undefined
  const username = typeof params['login_hint'] === 'string' ? params['login_hint'] : ''
  const secondFactor = reachLevel(wantedOf(params, parts), parts.settings.acrs).amr.length > 1
  const whole: SignInView = { ...view, choosing, current, username, secondFactor, failed }
  return signInPage(whole)
}

/** What the form says; `undefined` when name and password do not belong together. */
function judge(form: URLSearchParams, interaction: Interaction, parts: SignInParts): InteractionResults | undefined {
  if (form.has('cancel')) return { error: 'access_denied', error_description: 'The person cancelled' }
  if (interaction.prompt.name === 'consent') return { consent: {} }
  // What is answered here is answered for the whole interaction, also where an account was to be chosen.
  const chosen = { select_account: {} }
  if (form.has('continue') && interaction.session !== undefined) return chosen
  const name = form.get('username')
  const account = parts.accounts().find((one) => one.sub === name || one.email === name)
  if (!account || account.password !== form.get('password')) return undefined
  const wanted = wantedOf(interaction.params, parts)
  const level = reachLevel(wanted, parts.settings.acrs)
  if (wanted.essential && isBelow(level.acr, wanted, [])) return UNMET
  return { ...chosen, login: loginOf(account, level, parts.now()) }
}

const UNMET: InteractionResults = {
  error: 'unmet_authentication_requirements',
  error_description: 'The wanted level cannot be reached',
}

function loginOf(account: FakeAccount, level: ReachedLevel, ts: number): InteractionResults['login'] {
  return { accountId: account.sub, acr: level.acr, amr: [...level.amr], ts }
}

function wantedOf(params: Interaction['params'], { settings }: SignInParts): WantedLevels {
  return settings.levels === 'honoured' ? readWantedLevels(params) : NOTHING_WANTED
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
