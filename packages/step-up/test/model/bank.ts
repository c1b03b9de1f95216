import { expect } from 'vitest'

import type { Person, Reply, Sending } from '../person.ts'
import { totpCode } from '../totp-code.ts'
import type { World } from '../world.ts'
import type { Authenticator, Browser, Code, Cookie, Enrolment, Expected, StepUp, User } from './parts.ts'

/** An authenticator as the real bank knows it. */
export interface RealAuthenticator {
  readonly id: string
  readonly secret: string
}

/** The real bank beside the model: what the model's things are called there. */
export class Bank {
  readonly world: World
  readonly persons: readonly Person[]
  readonly stepUps: Map<StepUp, string> = new Map()
  readonly enrolments: Map<Enrolment, { readonly url: string; readonly secret: string }> = new Map()
  readonly authenticators: Map<Authenticator, RealAuthenticator> = new Map()
  readonly #cookies = new Map<Cookie, string>()
  #requests = 0

  constructor(world: World, browsers: readonly Browser[]) {
    this.world = world
    this.persons = browsers.map(() => world.person())
  }

  /** The two instances answer in turn. */
  get instance(): number {
    return (this.#requests += 1) % 2
  }

  async post(browser: Browser, path: string, json: unknown = {}): Promise<Reply> {
    return await this.#person(browser).post(path, { json, instance: this.instance })
  }

  async get(browser: Browser, path: string): Promise<Reply> {
    return await this.#person(browser).get(path, { instance: this.instance })
  }

  /** Sends what somebody would who has only this cookie of a session, in a browser of their own. */
  async postWith(cookie: Cookie, path: string, json: unknown): Promise<Reply> {
    const thief = this.world.person()
    thief.sessionCookie = this.#cookies.get(cookie)
    return await thief.post(path, { json, instance: this.instance })
  }

  /** The same request twice at once, one to each instance. */
  async postTwice(browser: Browser, path: string, json: unknown): Promise<readonly Reply[]> {
    const sending: Sending = { json }
    const person = this.#person(browser)
    return await Promise.all([0, 1].map((instance) => person.post(path, { ...sending, instance })))
  }

  /** Takes down which session a browser's cookie is for, once the model knows. */
  remember({ cookie, place }: Browser): void {
    const text = this.persons[place]?.sessionCookie
    if (cookie !== undefined && text !== undefined && !this.#cookies.has(cookie)) this.#cookies.set(cookie, text)
  }

  stepUpUrl(stepUp: StepUp): string {
    return `/step-up/challenges/${this.stepUps.get(stepUp) ?? 'none'}`
  }

  /** What a person types for a code of the model; `undefined` when chance makes it mean something else too. */
  textOf({ of, step }: Code, users: readonly User[], now: number): string | undefined {
    const real = of && this.authenticators.get(of)
    if (of?.factor === 'webauthn') return real?.secret
    const apps = users.flatMap(({ authenticators }) => authenticators).filter(({ factor }) => factor === 'totp')
    const current = Math.floor(now / 30_000)
    const valid = apps.flatMap((app) =>
      [...new Set([current - 1, current, current + 1, app === of ? step : current])].map((at) =>
        totpCode(this.authenticators.get(app)?.secret ?? '', at * 30_000),
      ),
    )
    if (of === undefined || real === undefined)
      return ['000000', '111111', '222222'].find((text) => !valid.includes(text))
    const text = totpCode(real.secret, step * 30_000)
    return valid.filter((other) => other === text).length === (apps.includes(of) ? 1 : 0) ? text : undefined
  }

  /** What confirms an enrolment, or does not. */
  enrolmentCode(enrolment: Enrolment, isRight: boolean, now: number): string {
    const secret = this.enrolments.get(enrolment)?.secret ?? ''
    if (enrolment.factor === 'webauthn') return isRight ? secret : 'wrong'
    const valid = [-1, 0, 1].map((late) => totpCode(secret, now + late * 30_000))
    return (isRight ? valid[1] : ['000000', '111111', '222222', '333333'].find((text) => !valid.includes(text))) ?? ''
  }

  #person({ place }: Browser): Person {
    const person = this.persons[place]
    if (person === undefined) throw new Error('Bank: there is no such browser')
    return person
  }
}

/** Holds an answer against what the model says of it. */
export function judge(bank: Bank, reply: Reply, expected: Expected): void {
  const { status, code, stepUp, factor, more } = expected
  const { body } = reply
  expect({ status: reply.status, code: body['code'] }).toEqual({ status, code })
  if (factor !== undefined) expect(body['factor']).toBe(factor)
  if (more !== undefined) expect(body['more']).toBe(more)
  if (stepUp === undefined) return

  // A new one where the model says so, the shared one where not.
  const id = String(body['stepUp'])
  const known = bank.stepUps.get(stepUp)
  if (known === undefined) expect([...bank.stepUps.values()]).not.toContain(id)
  else expect(id).toBe(known)
  bank.stepUps.set(stepUp, id)
}
