import { isSecretName, isSecretUnder, isStateName } from './secret-names.ts'

/** What stands in the place of what must not be logged. */
export const REDACTED = '[redacted]'

const EMAIL = /[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d](?:[a-z\d-]{0,62}\.){1,8}[a-z\d-]{2,63}/gi

// Each pattern has bounded repetitions only, or one that no two parts can share: texts are an attacker's.
const OTPAUTH = /otpauth(?:-migration)?:\/\/[^\s"'<>]*/gi
// `scheme://user:password@host`. A password may have any sign in it that people forgot to encode; `host:8080/` is none.
const USERINFO = /\b([a-z][a-z\d+.-]{0,31}:\/\/[^\s/?#@:[\]"<>]{0,128}:)(?!\d{1,5}[/?#])[^\s"<>]{1,1024}@/gi
// What stands beside the `state` of an OAuth request or answer.
const OAUTH = /\b(?:code|nonce|code_challenge)(?:=|%3D)/i
const HEADER = /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)(["']?\s{0,8}[:=]\s{0,8})[^\r\n]+/gi
const SCHEME = /\b(bearer|dpop|splunk|apikey)(\s{1,8})[\w.~+/=-]{6,}/gi
// `Basic` is a word, too: its credentials have a digit, a capital or a sign in them.
const BASIC = /\b([Bb]asic|BASIC)(\s{1,8})(?=[\w+/=-]{0,512}[\dA-Z+/=])[\w+/=-]{6,}/g
// The first part of a JWT or JWE begins with the base64url of `{"`; a text that was cut may end anywhere in it.
const JWT = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g
// `name=value` of queries and forms, `name: value` of headers and sentences, and the same in quotes, as JSON has it,
// however often it was escaped.
const MEMBER = /([\w.-]{1,64})(?:\\{0,8}["'])?\s{0,8}(?:=|%3D|:)\s{0,8}(\\{0,8}["'])?/gi
const BARE = /[^\s&;,"'<>}\]]*/y
const MOST_JUDGED = 512
const SPOKEN =
  /\b(password|passphrase|passcode|secret|code|otp|pin)(\s{0,3}(?::|\bis\b|\bwas\b)\s{0,3}|\s{1,3})(?=[\w-]{0,63}\d)[\w-]{4,64}/gi

/**
 * Takes out of a text what must not be logged: one-time-code URIs, bearer tokens, JWTs, credentials in headers, passwords in
 * addresses, the values of parameters and members with a secret's name, and the `state` of OAuth.
 *
 * It knows shapes, not meanings: a password in the middle of a sentence stays.
 *
 * @param text Its length is bounded by the caller.
 * @param emails Whether e-mail addresses are taken out, too.
 */
export function redactText(text: string, emails: boolean): string {
  const redacted = redactMembers(withoutUserinfo(text))
    .replace(OTPAUTH, `otpauth://${REDACTED}`)
    .replace(HEADER, `$1$2${REDACTED}`)
    .replace(SCHEME, `$1$2${REDACTED}`)
    .replace(BASIC, `$1$2${REDACTED}`)
    .replace(JWT, REDACTED)
    .replace(SPOKEN, `$1$2${REDACTED}`)
  return emails ? redacted.replace(EMAIL, REDACTED) : redacted
}

/** Replaces passwords in addresses. */
function withoutUserinfo(text: string): string {
  return text.includes('://') && text.includes('@') ? text.replace(USERINFO, `$1${REDACTED}@`) : text
}

/** Replaces the values of parameters and members with a secret's name, also where one address stands in another. */
function redactMembers(text: string): string {
  let redacted = ''
  let end = 0
  const isOauth = OAUTH.test(text)
  for (const { 0: whole, 1: found = '', 2: quote, index } of text.matchAll(MEMBER)) {
    // What stands in a secret's value is gone with it; an escaped character in front of a name is no part of it.
    const name = text[index - 1] === '%' ? found.slice(2) : found
    if (index < end) continue
    const start = index + whole.length
    const isSecret = isSecretName(name) || (isOauth && isStateName(name))
    if (!isSecret && !isSecretUnder(name, text.slice(start, start + MOST_JUDGED))) continue
    const stop = endOfValue(text, start, quote)
    redacted += `${text.slice(end, start)}${stop === start ? '' : REDACTED}`
    end = stop
  }
  return redacted + text.slice(end)
}

/** Where a value ends: at its own quote, escaped as the first one was; without one, with what no value has in it. */
function endOfValue(text: string, start: number, quote: string | undefined): number {
  const isRedacted = text.startsWith(REDACTED, start)
  // A list or an object: where that ends takes a parser to say.
  if (quote === undefined && !isRedacted && /[{[]/.test(text.charAt(start))) return text.length
  if (quote === undefined) {
    BARE.lastIndex = start + (isRedacted ? REDACTED.length : 0)
    return BARE.lastIndex + (BARE.exec(text)?.[0].length ?? 0)
  }
  let end = text.indexOf(quote, start)
  while (quote.length === 1 && end > 0 && text[end - 1] === '\\') end = text.indexOf(quote, end + 1)
  return end < 0 ? text.length : end
}
