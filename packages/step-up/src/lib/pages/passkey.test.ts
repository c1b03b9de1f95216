import { describe, expect, test } from 'vitest'
import { drawBlocks } from './blocks.ts'
import { render } from './html.ts'
import { messagesEn } from './messages-en.ts'
import { PASSKEY_SCRIPT } from './passkey-script.ts'

const passkey = { kind: 'passkey', ceremony: 'get', options: { challenge: 'AQ"<' }, autofill: true } as const

describe('drawPasskey', () => {
  test('v5.0.0-1.2.3 puts the options into an attribute, escaped, and an empty field for the answer', () => {
    const drawn = render(drawBlocks(messagesEn, [passkey]))

    expect(drawn).toContain('data-options="{&quot;challenge&quot;:&quot;AQ\\&quot;&lt;&quot;}"')
    expect(drawn).toContain('<input type="hidden" name="credential" value=""')
  })

  test('shows a sentence instead of the button until its script runs', () => {
    const drawn = render(drawBlocks(messagesEn, [passkey]))

    expect(drawn).toMatch(/<button type="button"[^>]* hidden>/)
    expect(drawn).toContain('<p class="problem" data-part="without">Passkeys need JavaScript')
  })

  test('WA-CL-02 offers autofill only where nobody is signed in yet and the factor allows it', () => {
    const { autofill: _left, ...plain } = passkey
    const places = [
      drawBlocks(messagesEn, [passkey], { signIn: true }),
      drawBlocks(messagesEn, [plain], { signIn: true }),
      drawBlocks(messagesEn, [passkey], {}),
    ]

    const offered = places.map((one) => render(one).includes('autocomplete="username webauthn"'))

    expect(offered).toEqual([true, false, false])
  })

  test('A11Y-04 has both live regions from the beginning', () => {
    const drawn = render(drawBlocks(messagesEn, [passkey]))

    expect(drawn).toContain('<div role="status"')
    expect(drawn).toContain('<div role="alert"')
  })
})

describe('PASSKEY_SCRIPT', () => {
  test('v5.0.0-3.2.2 writes text only, asks nobody else and cannot end its own element', () => {
    expect(PASSKEY_SCRIPT).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval|fetch|XMLHttp|import\(/)
    expect(PASSKEY_SCRIPT).not.toMatch(/<\/|<!--|https?:/)
  })
})
