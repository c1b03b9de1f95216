import { describe, expect, test } from 'vitest'
import { DARK, LIGHT } from './palette.ts'
import type { Palette } from './palette.ts'
import { STYLE } from './style.ts'

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [bright = 0, dark = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left)
  return (bright + 0.05) / (dark + 0.05)
}

/** The weakest contrast of all texts on what they stand on. */
function weakestText(palette: Palette): number {
  const grounds = [palette.page, palette.card, palette.approve]
  const texts = [palette.text, palette.quiet, palette.accent]
  const pairs = texts.flatMap((text) => grounds.map((ground) => contrast(text, ground)))
  const errors = [palette.error, palette.card].map((ground) => contrast(palette.onError, ground))
  return Math.min(...pairs, ...errors, contrast(palette.onAccent, palette.accent))
}

/** The weakest contrast of what shows where a field ends or the focus is. */
function weakestEdge(palette: Palette): number {
  const grounds = [palette.page, palette.card]
  return Math.min(...[palette.edge, palette.accent].flatMap((edge) => grounds.map((ground) => contrast(edge, ground))))
}

describe('STYLE', () => {
  test('A11Y-15 all text has a contrast of at least 4.5 to 1 in light and dark', () => {
    expect(weakestText(LIGHT)).toBeGreaterThanOrEqual(4.5)
    expect(weakestText(DARK)).toBeGreaterThanOrEqual(4.5)
  })

  test('A11Y-15 borders and the focus ring have a contrast of at least 3 to 1 in light and dark', () => {
    expect(weakestEdge(LIGHT)).toBeGreaterThanOrEqual(3)
    expect(weakestEdge(DARK)).toBeGreaterThanOrEqual(3)
  })

  test('A11Y-11 shows the focus', () => {
    expect(STYLE).toContain(':focus-visible{outline:3px solid')
  })

  test('loads nothing and cannot end its own element', () => {
    expect(STYLE).not.toMatch(/url\(|@import|</)
  })
})
