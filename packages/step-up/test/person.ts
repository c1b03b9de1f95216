import { totpCode } from './totp-code.ts'

/** An answer, read whole. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The members of a JSON answer; empty for any other. */
  readonly body: Readonly<Record<string, unknown>>
  /** Names of the cookies that it set. */
  readonly setsCookies: readonly string[]
}

/** What to send; `json` and `form` exclude each other. */
export interface Sending {
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
  readonly raw?: { readonly type: string; readonly body: string }
  readonly headers?: Readonly<Record<string, string>>
  /** Which instance answers. */
  readonly instance?: number
}

const SESSION = 'connect.sid'

/** A person whose browser runs the application's script: it calls the routes with `fetch` and keeps the cookies. */
export class Person {
  readonly #url: string
  readonly #now: () => number
  readonly #cookies: Map<string, string>
  readonly #secrets: Map<string, string>

  constructor(url: string, now: () => number, from?: Person) {
    this.#url = url
    this.#now = now
    this.#cookies = from === undefined ? new Map() : new Map(from.#cookies)
    this.#secrets = from === undefined ? new Map() : new Map(from.#secrets)
  }

  /** A copy with the same cookies: what a second tab, or whoever stole them, has. */
  copy(): Person {
    return new Person(this.#url, this.#now, this)
  }

  /** A thief: the session's cookie and knowledge of the secrets, in a browser of their own. */
  thief(): Person {
    const thief = this.copy()
    for (const name of this.#cookies.keys()) if (name !== SESSION) thief.#cookies.delete(name)
    return thief
  }

  get sessionCookie(): string | undefined {
    return this.#cookies.get(SESSION)
  }

  set sessionCookie(value: string | undefined) {
    if (value === undefined) this.#cookies.delete(SESSION)
    else this.#cookies.set(SESSION, value)
  }

  get cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** The secret of this person's authenticator. */
  secret(factor: string): string {
    return this.#secrets.get(factor) ?? ''
  }

  /** The right answer to a challenge of this factor, now. */
  code(factor: string): string {
    return factor === 'totp' ? totpCode(this.secret(factor), this.#now()) : this.secret(factor)
  }

  async get(path: string, sending: Sending = {}): Promise<Reply> {
    return await this.#send('GET', path, sending)
  }

  async post(path: string, sending: Sending = { json: {} }): Promise<Reply> {
    return await this.#send('POST', path, sending)
  }

  async signIn(user = 'ann', login: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    return await this.post('/login', { json: { user, ...login } })
  }

  /** Adds an authenticator; the answer is that of the last step taken. */
  async enrol(factor = 'webauthn'): Promise<Reply> {
    let started = await this.startEnrolment(factor)
    if (started.status === 401) {
      await this.prove(started, this.secret('webauthn') === '' ? 'totp' : 'webauthn')
      started = await this.startEnrolment(factor)
    }
    if (started.status !== 200) return started
    return await this.post(String(started.body['finishUrl']), { json: { code: this.code(factor) } })
  }

  /** Begins to add an authenticator, and takes down its secret. */
  async startEnrolment(factor = 'webauthn'): Promise<Reply> {
    const started = await this.post(`/step-up/authenticators/${factor}/start`)
    const view: unknown = started.body['view']
    const blocks: readonly unknown[] = Array.isArray(view) ? view : []
    const secret = blocks.flatMap((block) => (isSecret(block) ? [block.text.replaceAll(' ', '')] : [])).at(0)
    if (secret !== undefined) this.#secrets.set(factor, secret)
    return started
  }

  /** Opens the challenge that a refusal names, and answers it with what is right, or with `code`. */
  async prove(refusal: Reply, factor = 'webauthn', code: string = this.code(factor)): Promise<Reply> {
    const url = String(refusal.body['challengeUrl'])
    const challenge = await this.get(`${url}?factor=${factor}`)
    if (challenge.status !== 200) return challenge
    return await this.post(String(challenge.body['verifyUrl']), { json: { code } })
  }

  /** Sends, proves if asked to, and sends again. */
  async postProving(path: string, sending: Sending, factor = 'webauthn'): Promise<Reply> {
    const refusal = await this.post(path, sending)
    if (refusal.status !== 401) return refusal
    await this.prove(refusal, factor)
    return await this.post(path, sending)
  }

  async #send(method: string, path: string, sending: Sending): Promise<Reply> {
    const { json, form, raw, headers, instance = 0 } = sending
    const type = raw?.type ?? (form === undefined ? 'application/json' : 'application/x-www-form-urlencoded')
    const body =
      raw?.body ??
      (form === undefined ? (json === undefined ? undefined : JSON.stringify(json)) : String(new URLSearchParams(form)))
    const answer = await fetch(new URL(path, this.#url), {
      method,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        cookie: this.cookieHeader,
        'x-instance': String(instance),
        ...(body === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    return this.#read(answer)
  }

  async #read(answer: Response): Promise<Reply> {
    const set = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '')
    for (const pair of set) this.#cookies.set(pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1))
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: isJson ? JSON.parse(text) : {},
      setsCookies: set.map((pair) => pair.split('=', 1)[0] ?? ''),
    }
  }
}

function isSecret(block: unknown): block is { readonly text: string } {
  return typeof block === 'object' && block !== null && 'kind' in block && block.kind === 'secret' && 'text' in block
}
