import type { ErrorRequestHandler } from 'express'

import { html } from './html.ts'
import { sendPage } from './pages.ts'

/** Says that something does not work, and nothing about why: that is in the application's own log. */
export function answerTrouble(brand: string): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)

    const status =
      typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
        ? error.status
        : 500
    // The name of what happened only: messages may quote what a person sent.
    process.stderr.write(`${req.method} answered ${status}: ${nameOf(error)}\n`)
    const title = status < 500 ? 'This request could not be read' : 'Not available at the moment'
    const content = html`<h1>${title}</h1>
      <p>Nothing was done. Please try again in a few minutes.</p>
      <p><a href="/">Home</a></p>`
    sendPage(res.status(status), { title, brand, content })
  }
}

function nameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown error'
  const name: unknown = Reflect.get(error, 'code') ?? Reflect.get(error, 'type') ?? Reflect.get(error, 'name')
  return typeof name === 'string' && /^[\w.]{1,64}$/.test(name) ? name : 'unknown error'
}
