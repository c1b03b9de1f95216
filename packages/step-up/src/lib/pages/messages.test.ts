import { describe, expect, test } from 'vitest'
import { messagesDe } from './messages-de.ts'
import { messagesEn } from './messages-en.ts'

const SAME_IN_BOTH = ['code_label', 'direction', 'factor_webauthn', 'site']

function places(sentence: string): readonly string[] {
  return [...sentence.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name ?? '').toSorted()
}

describe('the languages', () => {
  test('have the same sentences', () => {
    expect(Object.keys(messagesDe)).toEqual(Object.keys(messagesEn))
  })

  test('fill the same places', () => {
    const english = Object.entries(messagesEn).map(([key, sentence]) => [key, places(sentence)])
    const german = Object.entries(messagesDe).map(([key, sentence]) => [key, places(sentence)])

    expect(german).toEqual(english)
  })

  test('leave nothing untranslated and nothing empty', () => {
    const german: Readonly<Record<string, string>> = messagesDe
    const same = Object.entries(messagesEn).filter(([key, sentence]) => german[key] === sentence)
    const empty = Object.entries(german).filter(([, sentence]) => sentence === '')

    expect(same.map(([key]) => key).toSorted()).toEqual(SAME_IN_BOTH)
    expect(empty.map(([key]) => key)).toEqual(['site'])
  })

  test('German uses the formal address', () => {
    expect(Object.values(messagesDe).filter((sentence) => /\b(?:du|dich|dir|dein\w*)\b/i.test(sentence))).toEqual([])
  })
})
