import { Writable } from 'node:stream'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import winston from 'winston'
import type { Logger } from 'winston'

import { redaction } from './redaction.ts'
import type { RedactionOptions } from './redaction.ts'

const CANARY = 'kq7Zt2Canary9Xw4'

interface Captured {
  readonly logger: Logger
  readonly text: () => string
}

function captured(options: RedactionOptions = {}, after: winston.Logform.Format[] = [winston.format.json()]): Captured {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      text += String(chunk)
      callback()
    },
  })
  const format = winston.format.combine(redaction(options), ...after)
  return {
    logger: winston.createLogger({ format, transports: [new winston.transports.Stream({ stream })] }),
    text: () => text,
  }
}

function logged(message: unknown, ...meta: unknown[]): string {
  const { logger, text } = captured()
  Reflect.apply(logger.info, logger, [message, ...meta])
  return text()
}

describe('redaction', () => {
  test.each([
    'password',
    'newPassword',
    'PASSWORD',
    'user_passwd',
    'passphrase',
    'secret',
    'clientSecret',
    'totp-secret',
    'token',
    'id_token',
    'refreshToken',
    'access_token',
    'authorization',
    'Proxy-Authorization',
    'cookie',
    'set-cookie',
    'Set-Cookie',
    'code',
    'otp',
    'otpCode',
    'recoveryCodes',
    'verification_code',
    'pin',
    'x-api-key',
    'privateKey',
    'credentials',
    'sid',
    'sessionId',
    'connect.sid',
    'code_verifier',
    'assertion',
    'OTPCode',
    'otpcode',
    'totpcode',
    'emailCode',
    'device_code',
    'user_code',
    'mfa',
    'DB_PASS',
    'userPass',
    'smtppass',
    'userSessionId',
    'PHPSESSID',
    'encryption_key',
    'bearer',
  ])('LOG-03 takes out what stands under %s', (name) => {
    expect(logged('m', { deep: [{ [name]: { again: CANARY } }], [name]: CANARY })).not.toContain(CANARY)
  })

  test.each([
    ['a one-time-code URI', `scan otpauth://totp/Bank:ada?secret=${CANARY}&issuer=Bank now`],
    ['an export of authenticators', `otpauth-migration://offline?data=${CANARY}`],
    ['a JWT', `got eyJhbGciOiJSUzI1NiJ9.${CANARY}.sig`],
    ['a JWE', `got eyJhbGciOiJkaXIifQ..${CANARY}.${CANARY}.${CANARY}`],
    ['a bearer token', `curl -H "authorization: Bearer ${CANARY}"`],
    ['a bearer token alone', `bearer ${CANARY}`],
    ['basic credentials', `sent Basic ${CANARY}==`],
    ['a cookie header', `Cookie: theme=dark; sid=${CANARY}; other="${CANARY}"`],
    ['a callback with its code', `GET /auth/callback?state=1&code=${CANARY}&iss=x`],
    ['an encoded address', `/login?next=%2Fcb%3Fcode%3D${CANARY}`],
    ['a form', `user=ada&new_password=${CANARY}`],
    ['JSON in a text', `body: {"user":"ada","password": "${CANARY}"}`],
    ['JSON in a text in a text', `body: {\\"password\\":\\"${CANARY}\\"}`],
    ['JSON with a sentence in it', `{"password":"correct ${CANARY} \\" ${CANARY}","user":"ada"}`],
    ['JSON in a text in a text with a sentence in it', `{\\"password\\":\\"correct ${CANARY}\\"}`],
    ['an object in JSON', `{"credentials":{"user":"ada","again":"${CANARY}"}}`],
    ['a quoted parameter', `login failed user=ada password="correct ${CANARY}" after=3`],
    ['a name and a colon', `password: ${CANARY}`],
    ['the password of a database', `connect failed: postgres://app:${CANARY}@db.example/bank`],
    ['a password without a user', `redis://:${CANARY}@cache:6379 is down`],
    ['a password with what should be encoded', `DATABASE_URL="mysql://app:a@b/${CANARY}?x@db/bank"`],
    ['the password of a proxy, twice', `via http://svc:${CANARY}@proxy:3128, then https://svc:${CANARY}@other`],
    ['credentials for basic authentication', `{"auth":"svc:${CANARY}"} auth=svc:${CANARY}&x=1`],
    ['a code in capitals', `OTPCode: "${CANARY}" otpcode=${CANARY}`],
    ['a state', `GET /login?state=${CANARY}&x=1`],
    ['a state in JSON', `{"state":"${CANARY}"}`],
    ['an encoded state', `/login?next=%2Fcb%3Fstate%3D${CANARY}%26iss%3Dx`],
    ['a short state beside a code', `GET /cb?iss=x&state=${CANARY.slice(0, 0)}s493821&code=1`],
    ['a short state beside a nonce', `GET /authorize?nonce=1&state=s493821`],
    ['a short state beside a challenge', `GET /authorize?state=s493821&code_challenge=1`],
    ['a code that is spoken of', `your code is 493821 and ${CANARY.slice(0, 0)}`],
  ])('LOG-03 takes %s out of a text', (_what, text) => {
    const line = logged(text, { also: text, list: [text] })

    expect(line).not.toContain(CANARY)
    expect(line).not.toContain('493821')
  })

  test('keeps what is no secret', () => {
    const meta = { user: 'ada', route: '/transfer/:id', statusCode: 404, ok: true, nothing: null, basic: 'basic facts' }

    expect(JSON.parse(logged('the door is open, status code 404', meta))).toEqual({
      level: 'info',
      message: 'the door is open, status code 404',
      ...meta,
    })
  })

  test('keeps states, kinds of authentication and addresses that are no secrets', () => {
    const meta = {
      state: 'half-open',
      auth: 'oidc',
      issuerAuth: 'https://idp.example/auth',
      bypass: 'none',
      event: { type: 'oidc.token.rejected', data: { at: 'callback' } },
    }
    const message = 'state=closed at http://localhost:3000/@ada, ssh://git@host, mail ada@example.com'

    expect(JSON.parse(logged(message, meta))).toEqual({ level: 'info', message, ...meta })
  })

  test('takes nothing more out of a line that it has redacted already', () => {
    const message = 'password=hunter2, user=ada, via https://token:hunter2@host'
    const once = JSON.parse(logged(message)).message

    expect(once).toContain('user=ada')
    expect(JSON.parse(logged(once)).message).toContain('user=ada')
  })

  test('keeps the codes of errors, which are no secrets', () => {
    const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', token: CANARY })
    const line = logged('m', { error, other: { code: 'ERR_STORE_INPUT' } })

    expect(JSON.parse(line)).toMatchObject({
      error: { name: 'Error', message: 'refused', code: 'ECONNREFUSED', token: '[redacted]' },
      other: { code: 'ERR_STORE_INPUT' },
    })
  })

  test('shows errors with their causes, redacted', () => {
    const error = new Error(`no token=${CANARY}`, { cause: new Error(`Bearer ${CANARY}`) })
    const line = logged(error)

    expect(line).not.toContain(CANARY)
    expect(JSON.parse(line)).toMatchObject({ message: 'no token=[redacted]', cause: { message: 'Bearer [redacted]' } })
  })

  test('looks into maps, sets, headers, parameters and addresses', () => {
    const meta = {
      map: new Map([['password', CANARY]]),
      set: new Set([`token=${CANARY}`]),
      headers: new Headers({ authorization: CANARY, accept: 'text/html' }),
      query: new URLSearchParams({ code: CANARY }),
      url: new URL(`https://bank.example/cb?code=${CANARY}`),
      raw: ['Cookie', CANARY, 'Accept', 'text/html'],
      fields: [{ name: 'password', value: CANARY }],
      inputs: [
        { type: 'password', value: CANARY },
        { id: 'password', val: CANARY },
        { label: 'Password', input: CANARY },
      ],
      issues: [
        { code: 'too_small', path: ['body', 'password'], input: CANARY, received: CANARY },
        { instancePath: '/password', data: CANARY },
      ],
      boxed: new String(`token=${CANARY}`),
      proxy: new URL(`http://svc:${CANARY}@proxy:3128`),
      request: { auth: `svc:${CANARY}`, state: CANARY },
      bytes: Buffer.from(CANARY),
      model: { toJSON: () => ({ secret: CANARY }) },
    }
    const line = logged('m', meta)

    expect(line).not.toContain(CANARY)
    expect(JSON.parse(line)).toMatchObject({
      headers: { accept: 'text/html' },
      raw: ['Cookie', '[redacted]', 'Accept', 'text/html'],
      bytes: `[${CANARY.length} bytes]`,
    })
  })

  test('takes e-mail addresses out when it is told to', () => {
    const [kept, removed] = [captured(), captured({ emails: true })]
    kept.logger.info('to ada@example.com')
    removed.logger.info('to ada@example.com', { mail: 'Ada <ada.l+x@mail.example.co.uk>' })

    expect(kept.text()).toContain('ada@example.com')
    expect(removed.text()).not.toContain('example')
  })

  test('redacts the arguments of a message before they are put into it', () => {
    const { logger, text } = captured({}, [winston.format.splat(), winston.format.simple()])
    logger.info('hello %s, %j', `Bearer ${CANARY}`, { password: CANARY })

    expect(text()).toContain('hello Bearer [redacted]')
    expect(text()).not.toContain(CANARY)
  })

  test('takes out of a line that was made already what it knows by its shape', () => {
    const { logger, text } = captured({}, [])
    const late = winston.createLogger({
      format: winston.format.combine(winston.format.json(), redaction()),
      transports: [...logger.transports],
    })
    late.info('m', { password: CANARY })

    expect(text()).not.toContain(CANARY)
    expect(text()).toContain('"message":"m"')
  })

  test('changes nothing of what it is given', () => {
    const meta = { password: CANARY, inner: { list: [CANARY] } }
    logged('m', meta)

    expect(meta).toEqual({ password: CANARY, inner: { list: [CANARY] } })
  })

  test('never throws, and ends, whatever it is given', () => {
    const circular: Record<string, unknown> = { name: 'circle' }
    circular['self'] = circular
    const hostile = {
      circular,
      get thrown(): never {
        throw new Error(CANARY)
      },
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error(CANARY)
          },
        },
      ),
      toJSON: {
        toJSON: () => {
          throw new Error(CANARY)
        },
      },
      date: new Date(Number.NaN),
      big: 10n,
      symbol: Symbol('s'),
      run: () => CANARY,
      bare: Object.create(null),
      proto: JSON.parse('{"__proto__":{"password":"x"}}'),
      deep: Array.from({ length: 5_000 }).reduce<unknown>((inner) => ({ inner }), 'end'),
      wide: Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`m${at}`, 'x'.repeat(1_000)])),
      long: 'y'.repeat(1_000_000),
    }
    const line = logged('m', { hostile })

    expect(JSON.parse(line)).toMatchObject({
      hostile: { circular: { self: '[circular]' }, thrown: '[unreadable]', big: '10' },
    })
    expect(line).not.toContain(CANARY)
    expect(line.length).toBeLessThan(200_000)
  })

  test.each([['message'], ['level'], ['other']])('does not pass on what a getter of %s throws', (name) => {
    const info = { level: 'info', message: 'm' }
    const thrown = (): never => {
      throw new Error(CANARY)
    }
    Object.defineProperty(info, name, { enumerable: true, get: thrown })

    expect(redaction().transform(info, {})).toMatchObject({ [name]: '[unreadable]' })
  })

  test('reads no more members of an object than it copies', () => {
    const reads: unknown[] = []
    const names = Array.from({ length: 5_000 }, (_, at) => `m${at}`)
    const watched = new Proxy(Object.fromEntries(names.map((name) => [name, 1])), {
      get: (target, name) => {
        if (names.includes(String(name))) reads.push(name)
        return Reflect.get(target, name)
      },
    })

    expect(redaction().transform({ level: 'info', message: 'm', watched }, {})).toMatchObject({
      watched: { m99: 1, '…': '[4900 left out]' },
    })
    expect(reads).toEqual(names.slice(0, 100))
  })

  test('is quick with texts that are made to be slow', () => {
    const texts = [
      'a'.repeat(16_000),
      '"'.repeat(16_000),
      'code-'.repeat(3_000),
      'a@'.repeat(8_000),
      '\\'.repeat(16_000),
      'a://a:'.repeat(2_600),
      `${'a://:x'.repeat(2_600)} @`,
      'auth:"'.repeat(2_600),
      'state='.repeat(2_600),
    ]
    const { logger, text } = captured({ emails: true })
    const began = performance.now()
    for (const one of texts) logger.info(one)

    expect(text().split('\n')).toHaveLength(texts.length + 1)
    // A pattern that backtracks would take minutes.
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  test('LOG-03 lets no canary through, wherever it stands under a secret name (property)', () => {
    const name = fc.constantFrom('password', 'code', 'token', 'secret', 'authorization', 'cookie', 'set-cookie', 'otp')
    const canary = fc.string({
      unit: fc.constantFrom('a', 'b', 'f', 'X', 'Z', '0', '1', '5', '9'),
      minLength: 8,
      maxLength: 20,
    })
    const { tree } = fc.letrec<{ tree: (secret: string) => unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        name.map((key) => (secret: string) => ({ [key]: secret })),
        name.map((key) => (secret: string) => new Map([[key, [secret]]])),
        name.map((key) => (secret: string) => `${key}=${secret}; x`),
        name.map((key) => (secret: string) => JSON.stringify({ [key]: secret })),
        fc.constant((secret: string) => `Bearer ${secret}`),
        fc.constant((secret: string) => Object.assign(new Error('m'), { token: secret })),
        tie('tree').map((inner) => (secret: string) => ({ inner: inner(secret), beside: 1 })),
        tie('tree').map((inner) => (secret: string) => [inner(secret)]),
      ),
    }))
    fc.assert(
      fc.property(tree, canary, fc.string({ unit: 'binary' }), (make, secret, noise) => {
        const { logger, text } = captured()
        logger.info(noise, { noise, [`c${noise}`]: make(secret) })
        const written = text()

        expect(written).not.toContain(secret)
        expect(written.split('\n')).toHaveLength(2)
      }),
      { numRuns: 300 },
    )
  })

  test.each([[{ email: true }], [{ emails: 'yes' }]])('refuses an option it does not have', (options) => {
    expect(() => Reflect.apply(redaction, undefined, [options])).toThrow(
      expect.objectContaining({ code: 'ERR_AUDIT_WINSTON_OPTIONS' }),
    )
  })
})
