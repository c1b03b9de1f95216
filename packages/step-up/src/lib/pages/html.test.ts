import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { html, render, safeUrl, shown, trustedMarkup } from './html.ts'

/** What a browser makes of an attribute value. */
function decode(value: string): string {
  return value
    .replace(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}

describe('html', () => {
  test('v5.0.0-1.2.1 escapes every character that has a meaning in markup', () => {
    const text = render(html`<p>${`<b a="1" c='2'>&\``}</p>`)

    expect(text).toBe('<p>&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;&#96;</p>')
  })

  test('v5.0.0-1.2.1 no string gets out of an attribute, and every string comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = render(html`<p title="${value}"></p>`)

        const inside = text.slice('<p title="'.length, -'"></p>'.length)
        expect(inside).not.toMatch(/["<>]/)
        expect(decode(inside)).toBe(value)
      }),
    )
  })

  test('keeps markup that was made by itself as it is', () => {
    const inner = html`<b>${'&'}</b>`

    expect(render(html`<p>${inner}${[inner, inner]}</p>`)).toBe('<p><b>&amp;</b><b>&amp;</b><b>&amp;</b></p>')
  })

  test('places nothing for undefined and digits for a number', () => {
    expect(render(html`<p>${undefined}${7}</p>`)).toBe('<p>7</p>')
  })

  test('an object from JSON cannot pose as markup', () => {
    const posing: unknown = JSON.parse('{"markup":"<script>"}')

    // @ts-expect-error plain objects are no markup, to the compiler and at run time
    expect(render(html`${posing}`)).not.toContain('<script>')
  })

  test('keeps a carriage return as a reference, so that a hidden field sends it back', () => {
    expect(render(html`<p title="${'a\r\nb'}"></p>`)).toBe('<p title="a&#13;\nb"></p>')
  })

  test('takes trusted markup as it is', () => {
    expect(render(trustedMarkup('<svg></svg>'))).toBe('<svg></svg>')
  })
})

describe('safeUrl', () => {
  test('keeps addresses on this site and absolute ones by http and https', () => {
    const urls = [
      '/step-up/1?a=b#c',
      '?page=2',
      '#top',
      './x',
      '../x',
      'https://example.com/',
      'http://127.0.0.1:3000/',
    ]

    expect(urls.map(safeUrl)).toEqual(urls)
  })

  test('v5.0.0-1.2.2 turns every other scheme and every disguise into an address that leads nowhere', () => {
    const urls = [
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'java\nscript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '\\\\evil.example',
      '',
      'evil',
    ]

    expect(new Set(urls.map(safeUrl))).toEqual(new Set(['about:invalid']))
  })
})

describe('shown', () => {
  test('makes characters visible that would make a name read as another', () => {
    expect(render(shown('a\u202egnp.exe\u200b\u0007\ufeff'))).toBe('<bdi>a\ufffdgnp.exe\ufffd\ufffd\ufffd</bdi>')
  })

  test('keeps line ends, joined emoji and other scripts', () => {
    const text = 'a\n\u{1f469}\u200d\u{1f4bb} \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'

    expect(render(shown(text))).toBe(`<bdi>${text}</bdi>`)
  })
})
