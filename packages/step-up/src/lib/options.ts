import type { Audit, FactorName } from '@sallyport/audit'
import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'
import type { Request, Response } from 'express'

import { parseDuration } from './duration.ts'
import { StepUpError } from './errors.ts'
import { localPath } from './negotiation.ts'
import { checkOptionKinds, checkOptionNames, type Kind } from './option-names.ts'
import type { Template } from './page-models.ts'
import { defaultTemplate } from './pages/template.ts'
import { systemRandomBytes, type RandomBytes } from './random.ts'
import { createReports, type Reports } from './reports.ts'
import type { Factor } from './types.ts'
import { OWN_NAMES } from './web-session.ts'

/** Tells a person, through another channel, of a change to how they sign in. */
export interface Notice {
  readonly user: string
  readonly account: string
  readonly about:
    | 'authenticator.enrolled'
    | 'authenticator.removed'
    | 'authenticator.reset'
    | 'authenticator.disabled'
    | 'account.linked'
    | 'account.locked'
    | 'account.unlinked'
    | 'challenge.denied'
    | 'challenge.locked'
    | 'recovery_code.used'
    | 'sessions.revoked'
  /** The factor that it is about, if it is about one. */
  readonly factor?: FactorName
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What signing in with a passkey needs of the application. */
export interface SignInOptions {
  /** Gives what the session and its pages say of a user whose passkey was proved; `undefined` for one who may not sign in. */
  load(
    user: string,
  ): Promise<{ readonly account: string; readonly identity: Readonly<Record<string, string>> } | undefined>
  /** Signs the user in at Passport or wherever `req.user` comes from; gets the request with its fresh session. */
  logIn?: ((req: Request, user: string) => Promise<void>) | undefined
  /** Where people go after it when they came from nowhere; `/` if not given. */
  readonly afterUrl?: string | undefined
  /** Another way to sign in, linked on the page for who has no passkey here; no link if not given. */
  readonly otherUrl?: string | undefined
}

/** What `createStepUp` needs. */
export interface CreateStepUpOptions {
  readonly store: Store
  readonly audit: Audit
  readonly keyring: Keyring
  /** The factors on offer, in the order in which they are offered. */
  readonly factors: readonly Factor[]
  /** The application's own origin, such as `https://bank.example`: forms from elsewhere are refused. */
  readonly origin: string
  /** The application's name, as people know it; shown in their authenticator app: 1 to 64 characters. */
  readonly appName: string
  /** Where `routes` is mounted; `/step-up` if not given. */
  readonly mountPath?: string | undefined
  /** Where people sign in; `/auth/login` if not given. It gets `return_to`. */
  readonly loginPath?: string | undefined
  /** Lets people sign in with a passkey, at `/sign-in` below `mountPath`; nobody can if not given. */
  readonly signIn?: SignInOptions | undefined
  /** After how long without a request a session ends: `30s` to `24h`; `1h` if not given. */
  readonly idleTimeout?: string | undefined
  /** How long a session lasts, whatever happens in it: `30s` to `24h`; `12h` if not given. */
  readonly sessionLifetime?: string | undefined
  /** Keys of the express-session that survive a login; none if not given. At a step-up all survive. */
  readonly keepAtLogin?: readonly string[] | undefined
  /** Whether `access.allowed` and `access.completed` are recorded for routes without action; true if not given. */
  readonly accessEvents?: boolean | undefined
  /** Body fields that an approval does not cover: CSRF tokens; `_csrf` if not given. */
  readonly csrfFields?: readonly string[] | undefined
  /** Replaces the CSRF field of a kept form by a fresh one. */
  readonly csrf?: ((req: Request, res: Response) => { readonly name: string; readonly value: string }) | undefined
  /** Sends notices about authenticator changes; nothing is sent if not given. */
  readonly notify?: ((notice: Notice) => Promise<void>) | undefined
  /** Draws the pages; the package's own if not given. */
  readonly template?: Template | undefined
  readonly randomBytes?: RandomBytes | undefined
}

/** The options with every default in its place: what the parts of this package work with. */
export interface Core {
  readonly store: Store
  readonly audit: Audit
  readonly keyring: Keyring
  readonly factors: ReadonlyMap<FactorName, Factor>
  readonly origin: string
  readonly appName: string
  readonly mountPath: string
  readonly loginPath: string
  readonly signIn: SignInOptions | undefined
  readonly idleMs: number
  readonly sessionMs: number
  readonly keepAtLogin: readonly string[]
  readonly accessEvents: boolean
  readonly csrfFields: readonly string[]
  readonly csrf: CreateStepUpOptions['csrf']
  readonly notify: CreateStepUpOptions['notify']
  readonly template: Template
  readonly randomBytes: RandomBytes
  /** What routes in report mode would have done. */
  readonly reports: Reports
  /** The id of the `access.allowed` of each request that was let through on the record, while the request lives. */
  readonly allowed: WeakMap<Request, string>
}

const MAX_APP_NAME = 64
const OPTION_NAMES = [
  'store',
  'audit',
  'keyring',
  'factors',
  'origin',
  'appName',
  'mountPath',
  'loginPath',
  'signIn',
  'idleTimeout',
  'sessionLifetime',
  'keepAtLogin',
  'accessEvents',
  'csrfFields',
  'csrf',
  'notify',
  'template',
  'randomBytes',
]

const OPTION_KINDS: Readonly<Record<string, Kind>> = {
  factors: 'list',
  origin: 'string',
  appName: 'string',
  mountPath: 'string',
  loginPath: 'string',
  signIn: 'object',
  idleTimeout: 'string',
  sessionLifetime: 'string',
  keepAtLogin: 'strings',
  accessEvents: 'boolean',
  csrfFields: 'strings',
  csrf: 'function',
  notify: 'function',
  template: 'function',
  randomBytes: 'function',
}

/**
 * Judges the options of `createStepUp` and puts the defaults in place.
 *
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION`, naming the fix.
 */
export function resolveOptions(options: CreateStepUpOptions): Core {
  checkOptionNames('createStepUp', options, OPTION_NAMES)
  for (const name of ['store', 'audit', 'keyring', 'factors', 'origin', 'appName'] as const) {
    if (options[name] === undefined) throw optionError(`createStepUp needs ${name}.`)
  }
  checkOptionKinds({ ...options }, OPTION_KINDS)
  if (options.appName === '' || options.appName.length > MAX_APP_NAME)
    throw optionError(`appName has 1 to ${MAX_APP_NAME} characters.`)
  return {
    store: options.store,
    audit: options.audit,
    keyring: options.keyring,
    factors: factorMap(options.factors),
    origin: checkOrigin(options.origin),
    appName: options.appName,
    mountPath: checkPath('mountPath', options.mountPath ?? '/step-up'),
    loginPath: checkPath('loginPath', options.loginPath ?? '/auth/login'),
    signIn: checkSignIn(options.signIn),
    idleMs: parseDuration('idleTimeout', options.idleTimeout ?? '1h'),
    sessionMs: parseDuration('sessionLifetime', options.sessionLifetime ?? '12h'),
    keepAtLogin: checkKept(options.keepAtLogin ?? []),
    accessEvents: options.accessEvents ?? true,
    csrfFields: options.csrfFields ?? ['_csrf'],
    csrf: options.csrf,
    notify: options.notify,
    template: options.template ?? defaultTemplate,
    randomBytes: options.randomBytes ?? systemRandomBytes,
    reports: createReports(() => options.store.now()),
    allowed: new WeakMap(),
  }
}

function factorMap(factors: readonly Factor[]): ReadonlyMap<FactorName, Factor> {
  if (factors.length === 0) throw optionError('factors is empty, so nobody could ever pass: give at least one factor.')

  const map = new Map<FactorName, Factor>()
  for (const factor of factors) {
    if (map.has(factor.name)) throw optionError(`factors names ${factor.name} twice.`)
    map.set(factor.name, factor)
  }
  return map
}

function checkSignIn(signIn: SignInOptions | undefined): SignInOptions | undefined {
  if (signIn === undefined) return undefined

  checkOptionNames('signIn', signIn, ['load', 'logIn', 'afterUrl', 'otherUrl'])
  checkOptionKinds({ ...signIn }, { load: 'function', logIn: 'function', afterUrl: 'string', otherUrl: 'string' })
  if (typeof signIn.load !== 'function') throw optionError('signIn needs load.')
  for (const name of ['afterUrl', 'otherUrl'] as const) checkUrl(name, signIn[name])
  return signIn
}

function checkUrl(name: string, url: string | undefined): void {
  if (url === undefined || localPath(url) !== undefined) return
  throw optionError(`${name} is a path such as "/account", not ${JSON.stringify(url)}.`)
}

function checkOrigin(text: string): string {
  const url = URL.parse(text)
  if (url === null || url.origin !== text)
    throw optionError(`origin is a scheme and host such as "https://bank.example", not ${JSON.stringify(text)}.`)

  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol !== 'https:' && !loopback)
    throw optionError(`origin must be https: ${JSON.stringify(text)} would carry sessions in clear.`)
  return text
}

function checkPath(name: string, path: string): string {
  if (/^\/[A-Za-z0-9_~.-][A-Za-z0-9_~./-]*$/.test(path) && !path.endsWith('/') && !path.includes('//')) return path
  throw optionError(`${name} is a path such as "/step-up", not ${JSON.stringify(path)}.`)
}

// Whoever signed in before must leave nothing by which they, and not the new user, are recognised.
function checkKept(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => name === 'passport' || OWN_NAMES.includes(name))
  if (wrong === undefined) return names
  throw optionError(`keepAtLogin cannot keep ${JSON.stringify(wrong)}: it belongs to one login alone.`)
}

function optionError(message: string): StepUpError {
  return new StepUpError('ERR_STEP_UP_OPTION', message)
}
