import { describe, expect, test } from 'vitest'
import { checkLanguages, pickLanguage } from './languages.ts'
import { messagesDe } from './messages-de.ts'
import { messagesEn } from './messages-en.ts'
import type { Messages } from './messages-en.ts'

const swiss: Messages = { ...messagesDe, language: 'de-CH' }
const three = [messagesEn, messagesDe, swiss] as const

function picked(...wanted: readonly string[]): string {
  return pickLanguage(three, wanted).language
}

describe('pickLanguage', () => {
  test('takes an exact tag before the same language of elsewhere, whatever the case', () => {
    expect(picked('DE-ch')).toBe('de-CH')
  })

  test('takes the same language of elsewhere when there is no exact tag', () => {
    expect([picked('de-AT'), picked('en-GB')]).toEqual(['de', 'en'])
  })

  test('takes the first wanted one, not the first that it has', () => {
    expect(picked('fr', 'de', 'en')).toBe('de')
  })

  test('takes the first that it has when none is wanted, or any, or nonsense', () => {
    expect([picked(), picked('*'), picked('fr'), picked('', '-', 'd')]).toEqual(['en', 'en', 'en', 'en'])
  })
})

describe('checkLanguages', () => {
  test('refuses an empty list', () => {
    expect(() => checkLanguages([])).toThrow(expect.objectContaining({ code: 'ERR_STEP_UP_OPTION' }))
  })

  test('refuses a language that lacks a sentence', () => {
    const { cancel: _left, ...others } = messagesEn

    // @ts-expect-error the compiler misses it too
    expect(() => checkLanguages([others])).toThrow(expect.objectContaining({ code: 'ERR_STEP_UP_OPTION' }))
  })

  test('takes one language without a list', () => {
    expect(checkLanguages(messagesDe)).toEqual([messagesDe])
  })
})
