import { describe, expect, test } from 'vitest'
import { findTests } from './requirements/find-tests.ts'
import { makeRows } from './requirements/report.ts'
import { REQUIREMENTS } from './requirements/requirements.ts'

// What the packages answer to stands in requirements/; a test says by the beginning of its name what it proves.

const tests = findTests()
const rows = makeRows(REQUIREMENTS, tests)

describe('the requirements', () => {
  test('are listed once each', () => {
    const ids = REQUIREMENTS.map(({ id }) => id)

    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  })

  test('have a title of at most twelve words, and a reason unless they are tested', () => {
    const wrong = rows.filter(({ title, reason }) => title.split(' ').length > 12 || title === '' || reason === '')

    expect(wrong.map(({ id }) => id)).toEqual([])
  })

  test('are the only ids that names of tests begin with', () => {
    const listed = new Set(REQUIREMENTS.map(({ id }) => id))
    const unlisted = tests.filter(({ ids }) => ids.some((id) => !listed.has(id)))

    expect(unlisted.map(({ file, name }) => `${file}: ${name}`)).toEqual([])
  })

  test('have at least one test each when they count as tested', () => {
    const missing = rows.filter(({ status, tests: own }) => status === 'tested' && own.length === 0)

    expect(missing.map(({ id, title }) => `${id} ${title}`)).toEqual([])
  })

  test('are claimed by no test while they wait or do not apply', () => {
    const claimed = rows.filter(({ status, tests: own }) => status !== 'tested' && own.length > 0)

    expect(claimed.map(({ id, tests: own }) => `${id}: ${own.map(({ name }) => name).join('; ')}`)).toEqual([])
  })
})
