import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLifecycleChecker } from './lifecycle.ts'

const ENDS = ['verified', 'failed', 'denied', 'expired', 'superseded', 'cancelled', 'locked'] as const

describe('createLifecycleChecker', () => {
  test('accepts a challenge that is issued, tried and ends once', () => {
    expect(kinds(['issued a', 'attempt_failed a', 'attempt_failed a', 'verified a'])).toEqual([])
  })

  test('counts what is open without calling it a problem', () => {
    const checker = createLifecycleChecker()
    checker.add(event('issued a', 0))
    checker.add(event('issued b', 1))
    checker.add(event('expired a', 2))

    expect(checker.end()).toEqual({ issued: 2, ended: 1, open: 1, problems: 0 })
  })

  test('ignores events of other areas', () => {
    const checker = createLifecycleChecker()

    expect(checker.add({ type: 'access.allowed', challenge: 'a', index: 0 })).toEqual([])
  })

  test('names a second end, a use after the end and a second issue', () => {
    expect(kinds(['issued a', 'verified a', 'failed a'])).toEqual(['challenge_ended_twice'])
    expect(kinds(['issued a', 'verified a', 'attempt_failed a'])).toEqual(['challenge_used_after_end'])
    expect(kinds(['issued a', 'verified a', 'issued a'])).toEqual(['challenge_reissued'])
    expect(kinds(['issued a', 'issued a'])).toEqual(['challenge_reissued'])
  })

  test('names an end or a use without issue', () => {
    expect(kinds(['verified a'])).toEqual(['challenge_not_issued'])
    expect(kinds(['attempt_failed a'])).toEqual(['challenge_not_issued'])
  })

  test('names an event that does not say whose it is', () => {
    const checker = createLifecycleChecker()

    expect(checker.add({ type: 'challenge.issued', index: 7 })).toEqual([
      expect.objectContaining({ kind: 'challenge_unnamed', index: 7 }),
    ])
  })

  test('forgets ends after 65,536 others, and still refuses the second one', () => {
    const checker = createLifecycleChecker()
    for (let id = 0; id < 65_600; id++) {
      checker.add(event(`issued ${id}`, 0))
      checker.add(event(`verified ${id}`, 0))
    }

    expect(checker.add(event('verified 0', 9)).map((problem) => problem.kind)).toEqual(['challenge_not_issued'])
    expect(checker.add(event('verified 65599', 9)).map((problem) => problem.kind)).toEqual(['challenge_ended_twice'])
  })

  test('finds no problem in any interleaving of well-formed challenges, and issued = ended + open', () => {
    const life = fc.tuple(fc.nat({ max: 3 }), fc.option(fc.constantFrom(...ENDS)))
    fc.assert(
      fc.property(fc.array(life, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (lives, picks) => {
        const left = lives.map(([tries, end], id) => script(id, tries, end))
        const checker = createLifecycleChecker()
        while (left.some((steps) => steps.length > 0)) {
          const open = left.filter((steps) => steps.length > 0)
          const step = open[picks.next().value % open.length]?.shift() ?? ''
          expect(checker.add(event(step, 0))).toEqual([])
        }

        const { issued, ended, open } = checker.end()
        expect(issued).toBe(lives.length)
        expect(issued).toBe(ended + open)
      }),
    )
  })

  test('finds a problem whenever one event of a well-formed history but a try or an end is left out or doubled', () => {
    const history = ['issued a', 'issued b', 'attempt_failed a', 'verified b', 'failed a']
    const without = ['issued a', 'issued b'].map((step) => history.filter((other) => other !== step))
    const doubled = ['issued a', 'issued b', 'verified b', 'failed a'].map((step) => [...history, step])

    for (const steps of [...without, ...doubled]) expect(kinds(steps).length).toBeGreaterThan(0)
  })
})

function script(id: number, tries: number, end: string | null): string[] {
  const uses = ['delivered', 'delivery_failed', 'attempt_failed']
  const attempts = Array.from({ length: tries }, (_, at) => `${uses[at]} ${id}`)
  return [`issued ${id}`, ...attempts, ...(end === null ? [] : [`${end} ${id}`])]
}

function event(step: string, index: number): { type: string; challenge: string; index: number } {
  const [name = '', challenge = ''] = step.split(' ')
  return { type: `challenge.${name}`, challenge, index }
}

function kinds(steps: readonly string[]): readonly string[] {
  const checker = createLifecycleChecker()
  return steps.flatMap((step, index) => checker.add(event(step, index)).map((problem) => problem.kind))
}
