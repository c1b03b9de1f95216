import { createMemoryStore } from '@sallyport/store'
import { totp } from '@sallyport/totp'
import { describe, expect, test } from 'vitest'

import { createStepUp } from './create-step-up.ts'
import { resolveOptions, type Core } from './options.ts'
import { defaultTemplate } from './pages/template.ts'

const REFUSED = expect.objectContaining({ code: 'ERR_STEP_UP_OPTION' })
const unused = (): never => {
  throw new Error('not used in this test')
}
const NEEDED = {
  store: createMemoryStore(),
  audit: { addJob: () => undefined, commit: unused, emit: unused },
  keyring: { seal: unused },
  factors: [totp()],
  origin: 'https://bank.example',
  appName: 'Bank',
}

/** Resolves what a caller without types could write. */
function resolving(changes: Readonly<Record<string, unknown>>): () => Core {
  return () => Reflect.apply(resolveOptions, undefined, [{ ...NEEDED, ...changes }])
}

describe('createStepUp', () => {
  test('has the documented defaults, whether options are left out or undefined', () => {
    const defaults = {
      mountPath: '/step-up',
      loginPath: '/auth/login',
      keepAtLogin: [],
      accessEvents: true,
      csrfFields: ['_csrf'],
      template: defaultTemplate,
    }
    const undefinedOnes = Object.fromEntries(Object.keys(defaults).map((name) => [name, undefined]))
    const bare = Object.assign(Object.create(null), NEEDED)

    expect(resolving({})()).toMatchObject(defaults)
    expect(resolving(undefinedOnes)()).toMatchObject(defaults)
    expect(resolving({ csrf: undefined, notify: undefined, randomBytes: undefined })()).toMatchObject(defaults)
    expect(Reflect.apply(resolveOptions, undefined, [bare])).toMatchObject(defaults)
  })

  test('refuses to go without what it needs', () => {
    expect(resolving({ store: undefined })).toThrow(REFUSED)
    expect(resolving({ audit: undefined })).toThrow(REFUSED)
    expect(resolving({ keyring: undefined })).toThrow(REFUSED)
    expect(resolving({ factors: undefined })).toThrow(REFUSED)
    expect(resolving({ origin: undefined })).toThrow(REFUSED)
    expect(resolving({ appName: undefined })).toThrow(REFUSED)
    expect(() => Reflect.apply(createStepUp, undefined, [])).toThrow(REFUSED)
  })

  test('refuses a name it does not know and suggests the nearest one', () => {
    expect(resolving({ mountpath: '/second' })).toThrow(REFUSED)
    expect(resolving({ mountpath: '/second' })).toThrow('"mountPath"')
    expect(resolving({ accessEvent: false })).toThrow('"accessEvents"')
  })

  test('refuses factors that are none, no list or twice the same', () => {
    expect(resolving({ factors: [] })).toThrow(REFUSED)
    expect(resolving({ factors: totp() })).toThrow(REFUSED)
    expect(resolving({ factors: [totp(), totp()] })).toThrow(REFUSED)
  })

  test('F-31 refuses an origin that is no origin, or would carry sessions in clear', () => {
    expect(resolving({ origin: 'https://bank.example/' })).toThrow(REFUSED)
    expect(resolving({ origin: 'https://bank.example/app' })).toThrow(REFUSED)
    expect(resolving({ origin: 'bank.example' })).toThrow(REFUSED)
    expect(resolving({ origin: 'http://bank.example' })).toThrow(REFUSED)
    expect(resolving({ origin: 'null' })).toThrow(REFUSED)
    expect(resolving({ origin: 5 })).toThrow(REFUSED)
    expect(resolving({ origin: 'http://localhost:3000' })()).toMatchObject({ origin: 'http://localhost:3000' })
  })

  test('F-30 refuses paths that lead elsewhere', () => {
    expect(resolving({ mountPath: 'step-up' })).toThrow(REFUSED)
    expect(resolving({ mountPath: '/step-up/' })).toThrow(REFUSED)
    expect(resolving({ mountPath: '//evil.example' })).toThrow(REFUSED)
    expect(resolving({ loginPath: 'https://evil.example/login' })).toThrow(REFUSED)
    expect(resolving({ loginPath: '/login?next=1' })).toThrow(REFUSED)
    expect(resolving({ loginPath: 5 })).toThrow(REFUSED)
  })

  test('F-02 refuses to keep at login what belongs to the login before', () => {
    expect(resolving({ keepAtLogin: ['cart', 'passport'] })).toThrow(REFUSED)
    expect(resolving({ keepAtLogin: ['sallyport'] })).toThrow(REFUSED)
    expect(resolving({ keepAtLogin: ['cookie'] })).toThrow(REFUSED)
    expect(resolving({ keepAtLogin: 'cart' })).toThrow(REFUSED)
  })

  test('refuses values of another kind', () => {
    expect(resolving({ accessEvents: 'off' })).toThrow(REFUSED)
    expect(resolving({ csrfFields: '_csrf' })).toThrow(REFUSED)
    expect(resolving({ csrf: '_csrf' })).toThrow(REFUSED)
    expect(resolving({ notify: 'mail' })).toThrow(REFUSED)
    expect(resolving({ template: '<html>' })).toThrow(REFUSED)
    expect(resolving({ randomBytes: 5 })).toThrow(REFUSED)
    expect(resolving({ appName: '' })).toThrow(REFUSED)
    expect(resolving({ appName: 'n'.repeat(65) })).toThrow(REFUSED)
  })

  test('brings the closer as a job of the ledger', () => {
    const jobs: unknown[] = []
    const audit = { ...NEEDED.audit, addJob: (job: unknown) => void jobs.push(job) }

    Reflect.apply(createStepUp, undefined, [{ ...NEEDED, audit }])

    expect(jobs).toEqual([expect.objectContaining({ name: 'step-up-closer', everyMs: 1_000 })])
  })
})
