import { sortableId } from '@sallyport/store'
import { OidcError, storeUnavailable } from './errors.ts'
import { ownerOf } from './links.ts'
import { proveLogin, userId } from './login-proof.ts'
import { createProtocol } from './protocol/protocol.ts'
import { createProviderTime } from './protocol/provider-time.ts'
import { checkReturnTo } from './return-to.ts'
import { createTransactions } from './transactions.ts'
import { markUsed } from './used-marker.ts'
import type { EventContext } from '@sallyport/audit/context'
import type { LoginProof } from './login-proof.ts'
import type { OidcErrorCode } from './errors.ts'
import type { Settings } from './settings.ts'
import type { Asked, Completed, Extras, Protocol } from './protocol/protocol.ts'
import type { KeysRotated } from './protocol/provider-settings.ts'
import type { Purpose, Transaction } from './transaction.ts'
import type { CookieExchange, Transactions } from './transactions.ts'

/** The request that a step of the login belongs to. */
export interface FlowRequest {
  readonly cookies: CookieExchange
  readonly context: EventContext | undefined
}

/** A callback that passed, before the application's own verify callback has spoken. */
export interface Passed {
  readonly completed: Completed
  readonly transaction: Transaction
  readonly proof: LoginProof
}

/** What a round trip to the provider asks for and remembers. */
export interface Wanted extends Asked, Extras {
  /** Where to go afterwards; judged here. */
  readonly returnTo: unknown
  /** What the application wants back with the answer, as JSON; bounded by then. */
  readonly appState?: string | undefined
  /** By default a login. */
  readonly purpose?: Purpose | undefined
  /** The session and flow that it belongs to; what is not given is that of a new login. */
  readonly correlation?: Correlation | undefined
}

/** How a callback is to be judged. */
export interface Completing {
  /** An answer that was fetched for anything else is refused. */
  readonly purpose: Purpose['for']
  userinfo(claims: Completed['claims']): Promise<boolean>
}

/** Where a login belongs in the ledger. */
export interface Correlation {
  readonly lineage?: string
  readonly flow?: string
}

/** What a failed round trip was about. */
export interface Failing extends Correlation {
  readonly purpose?: Purpose['for'] | undefined
}

/** The first door without Express and Passport: begins logins, completes callbacks, records both. */
export interface LoginFlow {
  readonly protocol: Protocol
  /** Gives the browser a transaction and answers with the address to send it to. Rejects with an `OidcError`. */
  begin(request: FlowRequest, wanted: Wanted): Promise<string>
  /** Says what a callback's transaction is for, before anything is judged; a login where it has none. */
  purposeOf(request: FlowRequest, query: URLSearchParams): Promise<Purpose['for']>
  /** Looks at a callback's transaction, unjudged, and takes nothing. */
  peek(request: FlowRequest, query: URLSearchParams): Promise<Transaction | undefined>
  /** Judges where to go afterwards: a path of this application, the wanted one or the usual one. */
  wayBack(wanted: unknown): string
  /** Judges a callback. Rejects with an `OidcError`, which is recorded by then. */
  complete(request: FlowRequest, query: URLSearchParams, completing: Completing): Promise<Passed>
  /** Records that a login failed. Never rejects. */
  failed(request: FlowRequest, error: OidcError, about: Failing): Promise<void>
}

interface Parts {
  readonly settings: Settings
  readonly protocol: Protocol
  readonly transactions: Transactions
}

/** Prepares the flow from checked settings; nothing is sent or written until it is used. */
export function createLoginFlow(settings: Settings): LoginFlow {
  const { audit, issuer } = settings
  const onDiscovered = async (digest: string): Promise<void> => {
    await audit.emit('oidc.provider.discovered', { outcome: 'success', data: { issuer, digest } })
  }
  const onKeysRotated = async (change: KeysRotated): Promise<void> => {
    await audit.emit('oidc.keys.rotated', { outcome: 'success', data: { issuer, ...change } })
  }
  const onAnswer = createProviderTime(settings.clock, (at) => audit.observeTime('provider', at))
  const protocol = createProtocol({ ...settings, onDiscovered, onKeysRotated, onAnswer })
  const parts = { settings, protocol, transactions: createTransactions(settings) }
  return {
    protocol,
    begin: (request, wanted) => begin(parts, request, wanted),
    async purposeOf(request, query) {
      return (await peek(parts, request, query))?.purpose.for ?? 'login'
    },
    peek: (request, query) => peek(parts, request, query),
    wayBack: (wanted) => wayBack(settings, wanted),
    complete: (request, query, completing) => complete(parts, request, { ...completing, query }),
    failed: (request, error, about) => failed(parts, request, { error, about }),
  }
}

function peek(
  { transactions }: Parts,
  { cookies }: FlowRequest,
  query: URLSearchParams,
): Promise<Transaction | undefined> {
  return transactions.peek(cookies.header, query.get('state') ?? '')
}

function wayBack({ afterLoginPath, ownPaths }: Settings, wanted: unknown): string {
  return checkReturnTo(wanted, afterLoginPath, ownPaths)
}

async function begin(parts: Parts, request: FlowRequest, wanted: Wanted): Promise<string> {
  const { settings, protocol, transactions } = parts
  const transaction = newTransaction(settings, wanted)
  const { lineage, flow, prompt, purpose } = transaction
  try {
    const { url, digest, pushed, signed } = await protocol.authorizationUrl(transaction, transaction, wanted)
    await transactions.put(request.cookies, transaction).catch(rethrow)
    const asked = prompt === undefined ? {} : { prompt }
    const data = { issuer: settings.issuer, purpose: purpose.for, digest, pushed, signed, ...asked }
    await settings.audit.emit('oidc.login.started', { context: request.context, lineage, flow, data })
    return url
  } catch (error) {
    const failure = toOidcError(error, 'ERR_OIDC_METADATA')
    await failed(parts, request, { error: failure, about: { lineage, flow, purpose: purpose.for } })
    throw failure
  }
}

async function complete(
  parts: Parts,
  request: FlowRequest,
  callback: Completing & { readonly query: URLSearchParams },
): Promise<Passed> {
  const { settings, protocol, transactions } = parts
  let about: Failing = { purpose: callback.purpose }
  try {
    // Before anything else is read or done, error answers included: the transaction is gone after this.
    const transaction = await transactions.take(request.cookies, callback.query.get('state') ?? '')
    about = { ...about, lineage: transaction.lineage, flow: transaction.flow }
    if (!isOurs(transaction, settings, callback.purpose)) throw new OidcError('ERR_OIDC_TRANSACTION_UNKNOWN')
    await markUsed(settings.audit, transaction)
    const completed = await protocol.complete(transaction, callback.query, (claims) => callback.userinfo(claims))
    const owner = await ownerOf(settings.store, userId(settings.issuer, completed.claims.sub)).catch(rethrow)
    const proof = proveLogin(completed, transaction, { settings, context: request.context, owner })
    return { completed, transaction, proof }
  } catch (error) {
    const failure = toOidcError(error, 'ERR_OIDC_TOKEN')
    await failed(parts, request, { error: failure, about })
    throw failure
  }
}

/** An answer counts at the callback of the provider that was asked, for the client that asked, for what it was asked. */
function isOurs(transaction: Transaction, settings: Settings, purpose: Purpose['for']): boolean {
  return (
    transaction.issuer === settings.issuer &&
    transaction.clientId === settings.clientId &&
    transaction.callbackUrl === settings.callbackUrl &&
    transaction.purpose.for === purpose
  )
}

async function failed(
  { settings }: Parts,
  { context }: FlowRequest,
  { error, about }: { readonly error: OidcError; readonly about: Failing },
): Promise<void> {
  const { code, reason } = error
  const { purpose = 'login', ...correlation } = about
  const data = { issuer: settings.issuer, code, purpose }
  await settings.audit.emit('oidc.login.failed', { context, outcome: 'failure', reason, ...correlation, data })
}

function newTransaction(settings: Settings, wanted: Wanted): Transaction {
  const { clock, issuer, clientId, callbackUrl, randomBytes } = settings
  const secret = (): string => Buffer.from(randomBytes(32)).toString('base64url')
  const id = (): string => sortableId(clock.now(), randomBytes(10))
  const { prompt, maxAge, acrValues, appState, purpose = { for: 'login' }, correlation } = wanted
  return {
    state: secret(),
    nonce: secret(),
    verifier: secret(),
    purpose,
    issuer,
    clientId,
    callbackUrl,
    lineage: correlation?.lineage ?? id(),
    flow: correlation?.flow ?? id(),
    returnTo: wayBack(settings, wanted.returnTo),
    startedAt: clock.now(),
    ...(prompt === undefined ? {} : { prompt }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues }),
    ...(appState === undefined ? {} : { appState }),
  }
}

function rethrow(error: unknown): never {
  throw storeUnavailable(error)
}

/** Anything unforeseen closes the door; its text may hold what the provider sent, so it is not kept. */
function toOidcError(error: unknown, code: OidcErrorCode): OidcError {
  return error instanceof OidcError ? error : new OidcError(code)
}
