import type { Terminal } from './terminal.ts'

// Work that is done sooner needs no progress shown, and an eye follows no more than a few numbers a second.
const FIRST_AFTER_MS = 500
const EVERY_MS = 250

/** The progress of one piece of work, on a line of its own. */
export interface Progress {
  /** Takes how many of how many are done. Cheap, so it may be called often. */
  readonly update: (at: { readonly checked: number; readonly size: number }) => void
  /** Removes the line. */
  readonly end: () => void
}

/**
 * Shows progress with rate and time left, to a person who watches. Nobody watches a pipe.
 *
 * @param terminal where it is shown, if it can rewrite a line.
 * @param verb what is done, such as `verifying`.
 * @param now a clock in milliseconds that nobody sets.
 */
export function showProgress(terminal: Terminal, verb: string, now: () => number = () => performance.now()): Progress {
  const { status } = terminal
  if (status === undefined) return { update: () => undefined, end: () => undefined }
  const began = now()
  let next = began + FIRST_AFTER_MS
  let isShown = false
  return {
    update: ({ checked, size }) => {
      const at = now()
      if (at < next) return
      next = at + EVERY_MS
      isShown = true
      status(`${verb} ${describe({ checked, size, elapsedMs: at - began })}`)
    },
    end: () => {
      if (isShown) status('')
      isShown = false
    },
  }
}

function describe(at: { readonly checked: number; readonly size: number; readonly elapsedMs: number }): string {
  const { checked, size, elapsedMs } = at
  const percent = size === 0 ? 100 : Math.floor((checked / size) * 100)
  const perSecond = Math.round(checked / (elapsedMs / 1_000))
  const left = checked === 0 ? '' : `, ${describeTime(((size - checked) / checked) * elapsedMs)} left`
  return `${count(checked)} of ${count(size)} entries, ${percent} %, ${count(perSecond)}/s${left}`
}

function describeTime(ms: number): string {
  const seconds = Math.ceil(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
