import type { ErrorRequestHandler } from 'express'
import type { Logger } from 'winston'

import { html } from '@sallyport-examples/shared'
import { page } from './pages.ts'

/** Says that something does not work, and nothing about why: that is in the application's own log. */
export function answerTrouble(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)

    const status =
      typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
        ? error.status
        : 500
    // The name of what happened only: messages may quote what a person sent.
    log.error('request failed', { method: req.method, status, error: nameOf(error) })
    const title = status < 500 ? 'This request could not be read' : 'Not available at the moment'
    const wantsJson = typeof req.is('json') === 'string' || req.accepts(['html', 'json']) === 'json'
    if (wantsJson)
      return void res.status(status).type('application/problem+json').send(JSON.stringify({ status, title }))

    const content = html`<h1>${title}</h1>
      <p>Nothing was done. Please try again in a few minutes.</p>
      <p><a href="/">Home</a></p>`
    res.status(status).send(page({ title, brand: 'Sallyport Bank', content }))
  }
}

function nameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown error'
  const name: unknown = Reflect.get(error, 'code') ?? Reflect.get(error, 'type') ?? Reflect.get(error, 'name')
  return typeof name === 'string' && /^[\w.]{1,64}$/.test(name) ? name : 'unknown error'
}
