import { judge, type Bank } from './bank.ts'
import type { Model } from './model.ts'
import type { Authenticator, Browser, Enrolment, FactorKind, StepUp } from './parts.ts'
import { at, browserOf, newest, prove, send, step, wait, type Asked, type Step } from './visits.ts'

export const giveUp = (who: number, pick: number, end: 'cancelled' | 'denied'): Step =>
  step('giveUp', [who, pick, end], async (model, bank) => {
    const stepUp = newest(model.stepUps, pick)
    if (stepUp === undefined) return
    const browser = browserOf(model, stepUp, who)
    const expected = model.giveUp(browser, stepUp, end)
    const path = `${bank.stepUpUrl(stepUp)}/${end === 'denied' ? 'deny' : 'cancel'}`
    judge(bank, await bank.post(browser, path), expected)
  })

export const beginEnrolment = (place: number, factor: FactorKind): Step =>
  step('beginEnrolment', [place, factor], async (model, bank) => {
    await begin(model, bank, { browser: at(model.browsers, place), factor })
  })

async function begin(
  model: Model,
  bank: Bank,
  { browser, factor }: Omit<Asked, 'stepUp'>,
): Promise<StepUp | undefined> {
  const expected = model.beginEnrolment(browser, factor)
  const reply = await bank.post(browser, `/step-up/authenticators/${factor}/start`)
  judge(bank, reply, expected)
  const enrolment = model.enrolments.at(-1)
  if (reply.status === 200 && enrolment !== undefined)
    bank.enrolments.set(enrolment, { url: String(reply.body['finishUrl']), secret: secretOf(reply.body['view']) })
  return expected.stepUp
}

/** Answers an enrolment under way: its own browser (3), another, or one with the cookie alone (4). */
export const finishEnrolment = (who: number, pick: number, isRight: boolean): Step =>
  step('finishEnrolment', [who, pick, isRight], async (model, bank) => {
    const open = model.enrolments.filter(({ isOver }) => !isOver)
    const enrolment = newest(open.length === 0 ? model.enrolments : open, pick)
    if (enrolment === undefined) return
    if (who < 3) await finish(model, bank, { browser: at(model.browsers, who), enrolment, isRight })
    else if (who === 3) await finish(model, bank, { browser: enrolment.browser, enrolment, isRight })
    else await finishStolen(model, bank, enrolment)
  })

interface Finishing {
  readonly browser: Browser
  readonly enrolment: Enrolment
  readonly isRight: boolean
}

async function finish(model: Model, bank: Bank, { browser, enrolment, isRight }: Finishing): Promise<void> {
  const real = bank.enrolments.get(enrolment)
  const code = bank.enrolmentCode(enrolment, isRight, model.now)
  const expected = model.finishEnrolment(browser, enrolment, isRight)
  const reply = await bank.post(browser, real?.url ?? '', { code })
  judge(bank, reply, expected)
  const made = enrolment.session.user.authenticators.at(-1)
  if (reply.status === 201 && made !== undefined && real !== undefined)
    bank.authenticators.set(made, { id: String(reply.body['authenticator']), secret: real.secret })
}

async function finishStolen(model: Model, bank: Bank, enrolment: Enrolment): Promise<void> {
  const { cookie } = enrolment.browser
  if (cookie === undefined) return
  const code = bank.enrolmentCode(enrolment, true, model.now)
  const expected = model.finishEnrolment({ ...enrolment.browser, known: new Map() }, enrolment, true)
  judge(bank, await bank.postWith(cookie, bank.enrolments.get(enrolment)?.url ?? '', { code }), expected)
}

/** Begins and finishes, proving in between what has to be proved, perhaps with wrong answers first. */
export const enrol = (place: number, factor: FactorKind, wrongs: number): Step =>
  step('enrol', [place, factor, wrongs], async (model, bank) => {
    const browser = at(model.browsers, place)
    const stepUp = await begin(model, bank, { browser, factor })
    if (stepUp !== undefined) {
      await prove(model, bank, { browser, stepUp, factor: askedOf(stepUp) })
      await begin(model, bank, { browser, factor })
    }
    const enrolment = model.enrolments.at(-1)
    for (let turn = 0; enrolment !== undefined && turn <= wrongs; turn += 1)
      await finish(model, bank, { browser, enrolment, isRight: turn === wrongs })
  })

function askedOf({ need }: StepUp): FactorKind {
  return need.demand === 'webauthn' ? 'webauthn' : 'totp'
}

/** Opens many step-ups or enrolments, until there are too many. */
export const flood = (place: number, what: 'transfer' | 'enrolment'): Step =>
  step('flood', [place, what], async (model, bank) => {
    const browser = at(model.browsers, place)
    for (let time = 0; time < 26; time += 1) {
      if (what === 'transfer') await send(model, bank, { browser, route: what, body: { to: 'Eve', amount: time } })
      else await begin(model, bank, { browser, factor: 'totp' })
    }
  })

/** Removes an authenticator, proving what has to be proved. */
export const remove = (place: number, pick: number): Step =>
  step('remove', [place, pick], async (model, bank) => {
    const browser = at(model.browsers, place)
    const mine = browser.cookie?.session.user.authenticators ?? []
    const authenticator = newest([...bank.authenticators.keys(), ...mine], pick)
    if (authenticator === undefined) return
    const stepUp = await removeOne(model, bank, { browser, authenticator })
    if (stepUp === undefined) return
    await prove(model, bank, { browser, stepUp, factor: askedOf(stepUp) })
    await removeOne(model, bank, { browser, authenticator })
  })

async function removeOne(
  model: Model,
  bank: Bank,
  { browser, authenticator }: { readonly browser: Browser; readonly authenticator: Authenticator },
): Promise<StepUp | undefined> {
  const expected = model.remove(browser, authenticator)
  const { id } = bank.authenticators.get(authenticator) ?? { id: 'none' }
  judge(bank, await bank.post(browser, `/step-up/authenticators/${id}/remove`), expected)
  return expected.stepUp
}

export const drop = (place: number): Step =>
  step('drop', [place], async (model, bank) => {
    const browser = at(model.browsers, place)
    judge(bank, await bank.post(browser, '/step-up/elevation/drop'), model.dropElevation(browser))
    bank.remember(browser)
  })

export const endOthers = (place: number): Step =>
  step('endOthers', [place], async (model, bank) => {
    const browser = at(model.browsers, place)
    judge(bank, await bank.post(browser, '/step-up/sessions/end-others'), model.endOthers(browser))
  })

export const administer = (user: number, word: Parameters<Model['administer']>[1]): Step =>
  step('administer', [user, word], async (model, bank) => {
    model.administer(at(model.users, user), word)
    await bank.world.admin[word](at(model.users, user).name, { administrator: 'root' })
  })

export const close = (): Step =>
  step('close', [], async (model, bank) => {
    model.closeOverdue()
    await bank.world.closeOverdue()
  })

export const pause = (ms: number): Step =>
  step('pause', [ms], async (model, bank) => {
    wait(model, bank, ms)
  })

function secretOf(view: unknown): string {
  const blocks: readonly unknown[] = Array.isArray(view) ? view : []
  for (const block of blocks)
    if (typeof block === 'object' && block !== null && 'kind' in block && block.kind === 'secret' && 'text' in block)
      return String(block.text).replaceAll(' ', '')
  return ''
}
