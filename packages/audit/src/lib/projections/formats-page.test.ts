import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PAGE, renewedPage } from '../../../test/formats/formats-page.ts'

describe('FORMATS.md', () => {
  // To renew it: RENEW_DOCUMENTS=1 pnpm vitest run formats-page
  test('says what each format carries, and shows an event in each, as the code has it', () => {
    const renewed = renewedPage()
    if (process.env['RENEW_DOCUMENTS'] === '1') writeFileSync(PAGE, renewed)

    expect(readFileSync(PAGE, 'utf8')).toBe(renewed)
  })
})
