import type { RequestListener } from 'node:http'

const PARAMETERS = ['code', 'state', 'nonce', 'code_challenge', 'ticket', 'id_token_hint']
const TOKENS = ['access_token', 'id_token', 'refresh_token']

/** Takes down every secret that servers are sent or give away: what must be in no ledger, page or log. */
export class Wire {
  readonly #secrets = new Set<string>()

  /** All that went over the wire so far. */
  get secrets(): readonly string[] {
    return [...this.#secrets]
  }

  /** Listens to what a server is asked and answers. */
  listenedTo(listener: RequestListener): RequestListener {
    return (req, res) => {
      this.#addQuery(req.url ?? '')
      for (const pair of (req.headers.cookie ?? '').split('; ')) this.#add(pair.slice(pair.indexOf('=') + 1))
      const end = res.end.bind(res)
      const heard = (...args: readonly unknown[]): typeof res => {
        this.#addQuery(String(res.getHeader('location') ?? ''))
        if (String(res.getHeader('content-type')).includes('json')) this.#addTokens(args[0])
        return Reflect.apply(end, res, args)
      }
      Object.assign(res, { end: heard })
      listener(req, res)
    }
  }

  /** Those of the secrets that a text gives away. */
  foundIn(text: string): readonly string[] {
    return this.secrets.filter((secret) => text.includes(secret))
  }

  #addQuery(address: string): void {
    const query = new URLSearchParams(address.slice(address.indexOf('?') + 1))
    for (const name of PARAMETERS) this.#add(query.get(name) ?? '')
  }

  #addTokens(body: unknown): void {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body.toString() : ''
    for (const name of TOKENS) this.#add(new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1] ?? '')
  }

  /** Whatever is shorter would be found everywhere by chance. */
  #add(secret: string): void {
    if (secret.length >= 16) this.#secrets.add(secret)
  }
}
