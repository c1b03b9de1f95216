import { sortableId } from '@sallyport/store'
import { OidcError, storeUnavailable } from './errors.ts'
import { proveLogin } from './login-proof.ts'
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
import type { Transaction } from './transaction.ts'
import type { CookieExchange, Transactions } from './transactions.ts'

/** The request that a step of the login belongs to. */
export interface FlowRequest {
  readonly cookies: CookieExchange
  readonly context: EventContext | undefined
}

/** A callback that passed, before the application's own verify callback has spoken. */
export interface Passed {
  readonly completed: Completed
  readonly proof: LoginProof
}

/** Where a login belongs in the ledger. */
export interface Correlation {
  readonly lineage?: string
  readonly flow?: string
}

/** The first door without Express and Passport: begins logins, completes callbacks, records both. */
export interface LoginFlow {
  readonly protocol: Protocol
  /** Gives the browser a transaction and answers with the address to send it to. Rejects with an `OidcError`. */
  begin(request: FlowRequest, asked: Asked & Extras & { readonly returnTo: unknown }): Promise<string>
  /** Judges a callback. Rejects with an `OidcError`, which is recorded by then. */
  complete(
    request: FlowRequest,
    query: URLSearchParams,
    userinfo: (claims: Completed['claims']) => Promise<boolean>,
  ): Promise<Passed>
  /** Records that a login failed. Never rejects. */
  failed(request: FlowRequest, error: OidcError, correlation: Correlation): Promise<void>
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
  const onAnswer = createProviderTime(settings.clock, (at) => audit.observeTime('provider', at))
  const protocol = createProtocol({ ...settings, onDiscovered, onAnswer })
  const parts = { settings, protocol, transactions: createTransactions(settings) }
  return {
    protocol,
    begin: (request, wanted) => begin(parts, request, wanted),
    complete: (request, query, userinfo) => complete(parts, request, { query, userinfo }),
    failed: (request, error, correlation) => failed(parts, request, { error, correlation }),
  }
}

async function begin(
  parts: Parts,
  request: FlowRequest,
  wanted: Asked & Extras & { readonly returnTo: unknown },
): Promise<string> {
  const { settings, protocol, transactions } = parts
  const transaction = newTransaction(settings, wanted)
  const { lineage, flow, prompt } = transaction
  try {
    const url = await protocol.authorizationUrl(transaction, transaction, wanted)
    await transactions.put(request.cookies, transaction).catch(rethrow)
    const data = { issuer: settings.issuer, ...(prompt === undefined ? {} : { prompt }) }
    await settings.audit.emit('oidc.login.started', { context: request.context, lineage, flow, data })
    return url
  } catch (error) {
    const failure = toOidcError(error, 'ERR_OIDC_METADATA')
    await failed(parts, request, { error: failure, correlation: { lineage, flow } })
    throw failure
  }
}

async function complete(
  parts: Parts,
  request: FlowRequest,
  callback: { readonly query: URLSearchParams; userinfo(claims: Completed['claims']): Promise<boolean> },
): Promise<Passed> {
  const { settings, protocol, transactions } = parts
  let correlation: Correlation = {}
  try {
    // Before anything else is read or done, error answers included: the transaction is gone after this.
    const transaction = await transactions.take(request.cookies, callback.query.get('state') ?? '')
    correlation = { lineage: transaction.lineage, flow: transaction.flow }
    if (transaction.issuer !== settings.issuer) throw new OidcError('ERR_OIDC_TRANSACTION_UNKNOWN')
    await markUsed(settings.audit, transaction)
    const completed = await protocol.complete(transaction, callback.query, (claims) => callback.userinfo(claims))
    return { completed, proof: proveLogin(completed, transaction, request.context) }
  } catch (error) {
    const failure = toOidcError(error, 'ERR_OIDC_TOKEN')
    await failed(parts, request, { error: failure, correlation })
    throw failure
  }
}

async function failed(
  { settings }: Parts,
  { context }: FlowRequest,
  { error, correlation }: { readonly error: OidcError; readonly correlation: Correlation },
): Promise<void> {
  const { code, reason } = error
  const data = { issuer: settings.issuer, code }
  await settings.audit.emit('oidc.login.failed', { context, outcome: 'failure', reason, ...correlation, data })
}

function newTransaction(settings: Settings, wanted: Asked & { readonly returnTo: unknown }): Transaction {
  const { clock, issuer, randomBytes } = settings
  const secret = (): string => Buffer.from(randomBytes(32)).toString('base64url')
  const id = (): string => sortableId(clock.now(), randomBytes(10))
  const { prompt, maxAge, acrValues } = wanted
  return {
    state: secret(),
    nonce: secret(),
    verifier: secret(),
    issuer,
    lineage: id(),
    flow: id(),
    returnTo: checkReturnTo(wanted.returnTo, settings.afterLoginPath, settings.ownPaths),
    startedAt: clock.now(),
    ...(prompt === undefined ? {} : { prompt }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues }),
  }
}

function rethrow(error: unknown): never {
  throw storeUnavailable(error)
}

/** Anything unforeseen closes the door; its text may hold what the provider sent, so it is not kept. */
function toOidcError(error: unknown, code: OidcErrorCode): OidcError {
  return error instanceof OidcError ? error : new OidcError(code)
}
