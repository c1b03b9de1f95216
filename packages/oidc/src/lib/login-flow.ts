import { sortableId } from '@sallyport/store'
import { OidcError, refuseStore } from './errors.ts'
import { ownerOf } from './linking/links.ts'
import { proveLogin, userId } from './login-proof.ts'
import { createProtocol } from './protocol/protocol.ts'
import { createProviderTime } from './protocol/provider-time.ts'
import { checkReturnTo } from './return-to.ts'
import { checkRoom } from './transaction.ts'
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
interface Wanted extends Asked, Extras {
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
interface Completing {
  /** An answer that was fetched for anything else is refused. */
  readonly purpose: Purpose['for']
  userinfo(claims: Completed['claims']): Promise<boolean>
}

/** Where a login belongs in the ledger. */
interface Correlation {
  readonly lineage?: string
  readonly flow?: string
}

/** What a failed round trip was about. */
interface Failing extends Correlation {
  readonly purpose?: Purpose['for'] | undefined
  /** Whose session it began from, if it did. */
  readonly actor?: { readonly user: string }
}

/** The first door without Express and Passport: begins logins, completes callbacks, records both. */
export interface LoginFlow {
  readonly protocol: Protocol
  /** Gives the browser a transaction and answers with the address to send it to. Rejects with an `OidcError`. */
  begin(request: FlowRequest, wanted: Wanted): Promise<string>
  /**
   * Looks at a callback's transaction, unjudged, and takes nothing. Rejects with an `OidcError`, which is recorded by then,
   * when the key ring cannot be asked.
   */
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
    peek: (request, query) => peek(parts, request, query),
    wayBack: (wanted) => wayBack(settings, wanted),
    complete: (request, query, completing) => complete(parts, request, { ...completing, query }),
    failed: (request, error, about) => failed(parts, request, { error, about }),
  }
}

async function peek(parts: Parts, request: FlowRequest, query: URLSearchParams): Promise<Transaction | undefined> {
  try {
    return await parts.transactions.peek(request.cookies.header, query.get('state') ?? '')
  } catch (error) {
    const failure = toOidcError(error, 'ERR_OIDC_STORE_UNAVAILABLE')
    await failed(parts, request, { error: failure, about: {} })
    throw failure
  }
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
    await transactions.put(request.cookies, transaction).catch(refuseStore)
    const asked = prompt === undefined ? {} : { prompt }
    const { issuer, provider } = settings
    const data = { issuer, provider, purpose: purpose.for, digest, pushed, signed, ...asked }
    const about = { context: request.context, ...actorOf(transaction), lineage, flow }
    await settings.audit.emit('oidc.login.started', { ...about, data })
    return url
  } catch (error) {
    const failure = toOidcError(error, 'ERR_OIDC_METADATA')
    await failed(parts, request, { error: failure, about: failingOf(transaction) })
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
    // Before anything else is read or done, error answers included: the browser has it no more after this.
    const transaction = await transactions.take(request.cookies, callback.query.get('state') ?? '')
    about = { ...failingOf(transaction), ...about }
    if (!isOurs(transaction, settings, callback.purpose)) throw new OidcError('ERR_OIDC_TRANSACTION_UNKNOWN')
    const completed = await protocol.complete(transaction, callback.query, {
      // On every instance, and before the code goes anywhere. What brings no code leaves nothing in the store.
      beforeCode: () => markUsed(settings.audit, transaction),
      userinfo: (claims) => callback.userinfo(claims),
    })
    const owner = await ownerOf(settings.store, userId(settings.issuer, completed.claims.sub)).catch(refuseStore)
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
  const { issuer, provider } = settings
  const data = { issuer, provider, code, purpose }
  await settings.audit.emit('oidc.login.failed', { context, outcome: 'failure', reason, ...correlation, data })
}

/** What is known of a round trip that fails, from what it was begun with. */
export function failingOf(transaction: Transaction): Failing {
  const { lineage, flow, purpose } = transaction
  return { lineage, flow, purpose: purpose.for, ...actorOf(transaction) }
}

/** Who went to the provider from a session is known; who signs in will be. */
function actorOf({ purpose }: Transaction): Pick<Failing, 'actor'> {
  return purpose.for === 'login' ? {} : { actor: { user: purpose.user } }
}

function newTransaction(settings: Settings, wanted: Wanted): Transaction {
  const { clock, issuer, clientId, callbackUrl, randomBytes } = settings
  const secret = (): string => Buffer.from(randomBytes(32)).toString('base64url')
  const id = (): string => sortableId(clock.now(), randomBytes(10))
  const { prompt, maxAge, acrValues, appState, purpose = { for: 'login' }, correlation } = wanted
  const transaction = {
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
  checkRoom(transaction)
  return transaction
}

/** Anything unforeseen closes the door; its text may hold what the provider sent, so it is not kept. */
function toOidcError(error: unknown, code: OidcErrorCode): OidcError {
  return error instanceof OidcError ? error : new OidcError(code)
}
