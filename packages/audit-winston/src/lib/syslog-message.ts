import type { LedgerEvent } from '@sallyport/audit'

/** What every message of a sender has in common. */
export interface SyslogSender {
  /** 0 to 23: RFC 5424 §6.2.1. */
  readonly facility: number
  readonly hostname: string
  readonly appName: string
  readonly processId: string
}

// The names of winston's own levels, and those of RFC 5424.
const SEVERITIES: Readonly<Record<string, number>> = {
  emerg: 0,
  alert: 1,
  crit: 2,
  error: 3,
  err: 3,
  warning: 4,
  warn: 4,
  notice: 5,
  info: 6,
  http: 6,
  verbose: 6,
  debug: 7,
  silly: 7,
}
const NOTICE = 5
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/

/**
 * Writes a message of RFC 5424 in the octet-counted frame of RFC 6587 §3.4.1 and RFC 5425 §4.3: no text in it, whatever
 * line ends it has, can begin another message.
 *
 * @param sender Who sends it.
 * @param line What it says, its level, and the event that it is of, where there is one.
 */
export function syslogFrame(
  sender: SyslogSender,
  line: {
    readonly text: string
    readonly level: string
    readonly at: string
    readonly event?: LedgerEvent | undefined
  },
): Buffer {
  const priority = sender.facility * 8 + (SEVERITIES[line.level] ?? NOTICE)
  const { event } = line
  const message = [
    `<${priority}>1`,
    timestamp(event?.at ?? line.at),
    field(sender.hostname, 255),
    field(sender.appName, 48),
    field(sender.processId, 128),
    field(event?.type ?? '', 32),
    '-',
    line.text,
  ].join(' ')
  const bytes = Buffer.from(message)
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes])
}

/** The time as RFC 5424 §6.2.3 has it, `-` for anything else. */
function timestamp(at: string): string {
  return TIMESTAMP.test(at) ? at : '-'
}

/** Printable ASCII without spaces, `-` for nothing. */
function field(text: string, max: number): string {
  const printable = text.replaceAll(/[^!-~]/g, '').slice(0, max)
  return printable === '' ? '-' : printable
}
