import { format } from 'winston'
import type { Logform } from 'winston'

import { CALLED } from './correlation.ts'
import { AuditWinstonError } from './errors.ts'
import { readMember, Redactor } from './redact-value.ts'

/** What `redaction` takes out beside secrets. */
export interface RedactionOptions {
  /** Whether e-mail addresses are taken out, too: `false` unless set. */
  readonly emails?: boolean | undefined
}

// Where winston keeps an info's level, the line it will write, and the arguments that came after the message.
const LEVEL = Symbol.for('level')
const MESSAGE = Symbol.for('message')
const SPLAT = Symbol.for('splat')

/**
 * Makes a winston format, for the application's own logger, that takes out what must not be in a log: what stands under
 * names such as `password`, `code`, `token`, `secret`, `authorization`, `cookie`, `set-cookie` and `otp`, the `state` of
 * OAuth, and in any text one-time-code URIs, JWTs, bearer tokens, passwords in addresses and secret parameters.
 *
 * It copies what it is given, and never throws. It knows names and shapes: a password that is typed into a field for
 * something else, or stands in the middle of a sentence, it cannot know. Put it before what makes the line (`json`,
 * `printf`, `simple`) and before `splat`.
 *
 * @param options See `RedactionOptions`.
 * @throws AuditWinstonError `ERR_AUDIT_WINSTON_OPTIONS`
 * @see OWASP ASVS 5.0 16.2.5
 * @example
 * winston.createLogger({ format: winston.format.combine(correlation(), redaction(), winston.format.json()) })
 */
export function redaction(options: RedactionOptions = {}): Logform.Format {
  const { emails = false, ...others } = options
  if (typeof emails !== 'boolean' || Object.keys(others).length > 0) {
    throw new AuditWinstonError('ERR_AUDIT_WINSTON_OPTIONS', 'The one option of redaction is emails, true or false.')
  }
  return format((info) => redactInfo(info, emails))()
}

function redactInfo(info: Logform.TransformableInfo, emails: boolean): Logform.TransformableInfo {
  const redactor = new Redactor(emails)
  const [level, message] = [String(readMember(info, 'level')), redactor.copy(readMember(info, 'message'))]
  const copied = redactor.copy(info)
  const safe: Logform.TransformableInfo = { ...(typeof copied === 'object' ? copied : {}), level, message }
  const [own, splat, line, called] = [LEVEL, SPLAT, MESSAGE, CALLED].map((symbol) => readMember(info, symbol))
  return Object.assign(safe, {
    [LEVEL]: own ?? level,
    ...(called === undefined ? {} : { [CALLED]: called }),
    ...(splat === undefined ? {} : { [SPLAT]: redactor.copy(splat) }),
    // Where the line was made already, this comes too late for all but the text of it.
    ...(typeof line === 'string' ? { [MESSAGE]: redactor.text(line) } : {}),
  })
}
