import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

// What axe cannot decide counts as wrong too, but for the contrast of words that run over two lines: all pairs of
// colours are judged where they are chosen, in style.test.ts.

// Loaded as text: the package's types need a browser's, which stay out of this code.
const require = createRequire(import.meta.url)
const SOURCE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const RUN = `axe.run(document, {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations', 'incomplete'],
}).then(({ violations, incomplete }) =>
  [...violations, ...incomplete.filter(({ id }) => id !== 'color-contrast')].map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`

/**
 * Judges the page that is open by the rules of axe for WCAG 2.0 to 2.2, levels A and AA, and its own good practices.
 *
 * @param page of Chromium; its policy stays in force.
 * @returns what is wrong or could not be decided, one line each.
 */
export async function judgeByAxe(page: Page): Promise<readonly string[]> {
  await page.evaluate(SOURCE)
  return page.evaluate<readonly string[]>(RUN)
}
