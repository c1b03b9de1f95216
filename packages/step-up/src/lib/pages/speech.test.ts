import { describe, expect, test } from 'vitest'
import { html, render } from './html.ts'
import { messagesDe } from './messages-de.ts'
import { messagesEn } from './messages-en.ts'
import { fill, say, sayBlock, sayDay, sayMoment } from './speech.ts'

describe('say', () => {
  test('fills the places of a sentence, escaped', () => {
    expect(render(say('Hello {name}, {count} new', { name: '<b>', count: 3 }))).toBe(
      'Hello <bdi>&lt;b&gt;</bdi>, 3 new',
    )
  })

  test('escapes the sentence itself, so that a translation cannot bring markup', () => {
    expect(render(say('a <b> {name}', { name: html`<i>x</i>` }))).toBe('a &lt;b&gt; <i>x</i>')
  })

  test('leaves a place without a value empty', () => {
    expect(render(say('a{missing}b'))).toBe('ab')
  })
})

describe('fill', () => {
  test('puts messages into messages', () => {
    expect(fill('Set up: {factor}', { factor: 'Passkey' })).toBe('Set up: Passkey')
  })
})

describe('sayBlock', () => {
  test('says the message of that name', () => {
    expect(render(sayBlock(messagesEn, 'cancel'))).toBe('Cancel')
  })

  test('says other words as they are, escaped', () => {
    expect(render(sayBlock(messagesEn, 'Scan <this>'))).toBe('<bdi>Scan &lt;this&gt;</bdi>')
  })

  test('takes no name from the prototype of the messages', () => {
    expect(render(sayBlock(messagesEn, 'constructor'))).toBe('<bdi>constructor</bdi>')
  })
})

describe('sayDay', () => {
  test('says the day in UTC, with the exact time for machines', () => {
    expect(render(sayDay(messagesEn, Date.UTC(2026, 10, 21, 23, 59)))).toBe(
      '<time datetime="2026-11-21T23:59:00.000Z">November 21, 2026</time>',
    )
  })
})

describe('sayMoment', () => {
  test('says the minute in UTC, in words of the language', () => {
    const moment = Date.UTC(2026, 10, 21, 14, 5)

    expect(render(sayMoment(messagesDe, moment))).toBe(
      '<time datetime="2026-11-21T14:05:00.000Z">21.11.2026, 14:05</time> UTC',
    )
  })
})
