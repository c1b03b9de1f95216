import type { AsyncCommand } from 'fast-check'
import { expect } from 'vitest'

import { judge, type Bank } from './bank.ts'
import type { Model } from './model.ts'
import type { Browser, Code, FactorKind, StepUp } from './parts.ts'
import type { RouteName } from './rules.ts'

/** One thing that somebody does, to the model and to the bank. */
export type Step = AsyncCommand<Model, Bank>

type Does = (model: Model, bank: Bank) => Promise<void>

export const BODIES: readonly Sent['body'][] = [
  { to: 'Bob', amount: 5 },
  { to: 'Bob', amount: 6 },
]

/** Makes a step; time passes with each, as it does. */
export function step(name: string, args: readonly unknown[], does: Does): Step {
  return {
    check: () => true,
    toString: () => `${name}(${args.map((each) => JSON.stringify(each)).join(', ')})`,
    async run(model, bank) {
      wait(model, bank, 1)
      await does(model, bank)
    },
  }
}

export function wait(model: Model, bank: Bank, ms: number): void {
  model.now += ms
  bank.world.clock.advance(ms)
}

/** The newest are the likeliest to still mean something. */
export function newest<T>(items: readonly T[], pick: number): T | undefined {
  return items.at(-1 - (pick % Math.max(1, items.length)))
}

export function at<T>(items: readonly T[], place: number): T {
  const item = items[place]
  if (item === undefined) throw new Error('commands: there is no such thing')
  return item
}

export function browserOf(model: Model, stepUp: StepUp, who: number): Browser {
  const owner = model.browsers.find(({ cookie }) => cookie?.session === stepUp.session)
  return (who === 3 ? owner : undefined) ?? at(model.browsers, who % 3)
}

export const signIn = (place: number, user: number): Step =>
  step('signIn', [place, user], async (model, bank) => {
    const browser = at(model.browsers, place)
    const reply = await bank.post(browser, '/login', { user: at(model.users, user).name })
    judge(bank, reply, model.signIn(browser, at(model.users, user)))
    bank.remember(browser)
  })

export const signOut = (place: number): Step =>
  step('signOut', [place], async (model, bank) => {
    const browser = at(model.browsers, place)
    judge(bank, await bank.post(browser, '/logout'), model.signOut(browser))
    bank.remember(browser)
  })

export const visit = (place: number, route: RouteName, body: (typeof BODIES)[number]): Step =>
  step('visit', [place, route, body], async (model, bank) => {
    await send(model, bank, { browser: at(model.browsers, place), route, body })
  })

export interface Sent {
  readonly browser: Browser
  readonly route: RouteName
  readonly body: { readonly to: string; readonly amount: number }
}

export async function send(model: Model, bank: Bank, { browser, route, body }: Sent): Promise<StepUp | undefined> {
  const expected = model.visit(browser.cookie, route, JSON.stringify(body))
  judge(bank, await bank.post(browser, `/${route}`, body), expected)
  return expected.stepUp
}

export const visitTwice = (place: number, route: RouteName, body: (typeof BODIES)[number]): Step =>
  step('visitTwice', [place, route, body], async (model, bank) => {
    await sendTwice(model, bank, { browser: at(model.browsers, place), route, body })
  })

async function sendTwice(model: Model, bank: Bank, { browser, route, body }: Sent): Promise<void> {
  const expected = [0, 1].map(() => model.visit(browser.cookie, route, JSON.stringify(body)))
  const replies = await bank.postTwice(browser, `/${route}`, body)
  // Whichever was first.
  const sorted = replies.toSorted((one, other) => one.status - other.status)
  for (const [turn, reply] of sorted.entries()) judge(bank, reply, at(expected, turn))
}

/** A cookie that was stolen, or comes too late: of the browser's earlier ones, or its own in another browser. */
export const visitWith = (place: number, pick: number, route: RouteName): Step =>
  step('visitWith', [place, pick, route], async (model, bank) => {
    const { old, cookie } = at(model.browsers, place)
    const used = newest([...old, ...(cookie === undefined ? [] : [cookie])], pick)
    if (used === undefined) return
    const expected = model.visit(used, route, JSON.stringify(BODIES[0]))
    const reply = await bank.postWith(used, `/${route}`, BODIES[0])
    judge(bank, reply, expected)
    expect(reply.setsCookies).not.toContain('connect.sid')
  })

export const open = (who: number, pick: number, factor: FactorKind): Step =>
  step('open', [who, pick, factor], async (model, bank) => {
    const stepUp = newest(model.stepUps, pick)
    if (stepUp !== undefined) await openPage(model, bank, { browser: browserOf(model, stepUp, who), stepUp, factor })
  })

export interface Asked {
  readonly browser: Browser
  readonly stepUp: StepUp
  readonly factor: FactorKind
}

async function openPage(model: Model, bank: Bank, { browser, stepUp, factor }: Asked): Promise<void> {
  const expected = model.open(browser, stepUp, factor)
  judge(bank, await bank.get(browser, `${bank.stepUpUrl(stepUp)}?factor=${factor}`), expected)
}

async function sendCode(model: Model, bank: Bank, asked: Asked & { readonly code: Code }): Promise<void> {
  const { browser, stepUp, factor, code } = asked
  const text = bank.textOf(code, model.users, model.now)
  if (text === undefined) return
  const expected = model.answer(browser, stepUp, { factor, code })
  const reply = await bank.post(browser, `${bank.stepUpUrl(stepUp)}/${factor}/verify`, { code: text })
  judge(bank, reply, expected)
  bank.remember(browser)
}

export interface Typed {
  readonly factor: FactorKind
  /** 0: nobody's; otherwise one of the person's own, or of somebody else's. */
  readonly whose: number
  readonly late: number
  readonly times: number
  /** Whether the right one follows. */
  readonly isRightLast: boolean
}

/** Answers, with the code of this time step or a neighbour's, or guesses; opens the page whenever there is no challenge. */
export const answer = (who: number, pick: number, typed: Typed): Step =>
  step('answer', [who, pick, typed], async (model, bank) => {
    const stepUp = newest(model.stepUps, pick)
    if (stepUp === undefined) return
    const browser = browserOf(model, stepUp, who)
    const isOpen = stepUp.status === 'open' && model.now < stepUp.until
    for (let time = 0; time < (isOpen ? typed.times : 1); time += 1) {
      if (stepUp.challenge?.isOver !== false) await openPage(model, bank, { browser, stepUp, factor: typed.factor })
      const factor = stepUp.challenge?.factor ?? typed.factor
      const apps = [stepUp.session.user, ...model.users].flatMap(({ authenticators }) => authenticators)
      const mine = apps.filter((each) => each.factor === factor).toReversed()
      const of = typed.whose === 0 ? undefined : newest(mine, typed.whose - 1)
      await sendCode(model, bank, { browser, stepUp, factor, code: { of, step: model.step + typed.late } })
    }
    if (typed.isRightLast) await prove(model, bank, { browser, stepUp, factor: typed.factor })
  })

export interface Passing {
  readonly route: RouteName
  readonly factor: FactorKind
  readonly twice: boolean
  /** What comes between the proof and what it was for. */
  readonly meanwhile: Step | undefined
}

/** Everything in one go, as people do: visits, opens the page, answers rightly, visits again, perhaps twice at once. */
export const pass = (place: number, { route, factor, twice, meanwhile }: Passing): Step =>
  step('pass', [place, { route, factor, twice, meanwhile: String(meanwhile) }], async (model, bank) => {
    const sent = { browser: at(model.browsers, place), route, body: at(BODIES, 0) }
    const stepUp = await send(model, bank, sent)
    if (stepUp !== undefined) await prove(model, bank, { browser: sent.browser, stepUp, factor })
    await meanwhile?.run(model, bank)
    await (twice ? sendTwice(model, bank, sent) : send(model, bank, sent))
  })

/** A request every hour but one minute, for most of a day. */
export const work = (place: number): Step =>
  step('work', [place], async (model, bank) => {
    for (let hour = 0; hour < 13; hour += 1) {
      wait(model, bank, 3_540_000)
      await send(model, bank, { browser: at(model.browsers, place), route: 'plain', body: at(BODIES, 0) })
    }
  })

export async function prove(model: Model, bank: Bank, asked: Asked): Promise<void> {
  await openPage(model, bank, asked)
  const of = asked.stepUp.session.user.authenticators.find((each) => each.factor === asked.factor)
  // Its code was used: people wait for the next one.
  if (of?.factor === 'totp' && of.lastStep >= model.step) wait(model, bank, 30_000 - (model.now % 30_000))
  await sendCode(model, bank, { ...asked, code: { of, step: model.step } })
}
