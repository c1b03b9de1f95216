import { AuditError } from '../errors.ts'
import { canonicalize } from '../events/canonical.ts'
import { EVENT_TYPES, EVENTS } from '../events/registry.ts'
import type { EventContext, PendingEvent } from '../events/types.ts'
import type { EventType } from '../events/event-payloads.ts'
import type { Level, LevelRule } from './level-rule.ts'

const MAX_RULES = 64
const MAX_ROUTE = 200
const LEVELS: readonly unknown[] = ['none', 'metadata', 'details'] satisfies readonly Level[]
const RULE_NAMES = ['type', 'route', 'level']

/**
 * Checks the rules of `AuditOptions.levels`.
 *
 * @param rules As the application gave them.
 * @returns A copy.
 * @throws `AuditError` with `ERR_AUDIT_INPUT`, naming the fix, for what is no rule, for a type that is not in the registry,
 * and for a rule that could never do what it says.
 */
export function resolveLevels(rules: readonly LevelRule[] = []): readonly LevelRule[] {
  if (!Array.isArray(rules) || rules.length > MAX_RULES)
    throw input(`levels is a list of at most ${MAX_RULES} rules, such as { type: 'access.*', level: 'metadata' }.`)
  return rules.map(checkRule)
}

/** The rules in a form in which equal rules are equal texts; `undefined` for none. */
export function levelsText(rules: readonly LevelRule[]): string | undefined {
  return rules.length === 0 ? undefined : canonicalize(rules)
}

/**
 * Gives an event as it is to be recorded under the rules: whole, without what is not metadata, or not at all
 * (`undefined`). What must not be missing from any ledger keeps its metadata.
 */
export function shapeEvent(rules: readonly LevelRule[], pending: PendingEvent): PendingEvent | undefined {
  const { type, input } = pending
  const route = (input.target ?? input.context?.target)?.route
  const rule = rules.find((one) => covers(one, type) && (one.route === undefined || one.route === route))
  if (rule === undefined || rule.level === 'details') return pending
  return rule.level === 'none' && !EVENTS[type].essential ? undefined : { type, input: metadataOf(input) }
}

function metadataOf(whole: PendingEvent['input']): PendingEvent['input'] {
  const { context, sealed: _sealed, actor, target, ...rest } = whole
  return {
    ...rest,
    ...(actor === undefined ? {} : { actor: { user: actor.user } }),
    ...(target === undefined ? {} : { target: withoutResource(target) }),
    ...(context === undefined ? {} : { context: bareContext(context) }),
  }
}

function bareContext({ requestId, trace, target }: EventContext): EventContext {
  return {
    requestId,
    ...(trace === undefined ? {} : { trace }),
    ...(target === undefined ? {} : { target: withoutResource(target) }),
  }
}

function withoutResource<T extends { readonly resource?: unknown }>({
  resource: _resource,
  ...rest
}: T): Omit<T, 'resource'> {
  return rest
}

function covers({ type: pattern }: LevelRule, type: EventType): boolean {
  if (pattern === undefined || pattern === type) return true
  return pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))
}

function checkRule(rule: unknown): LevelRule {
  if (typeof rule !== 'object' || rule === null)
    throw input('A rule of levels is an object with level, type and route.')
  for (const name of Object.keys(rule)) {
    if (!RULE_NAMES.includes(name))
      throw input(`A rule of levels has no member ${JSON.stringify(name)}; it has ${RULE_NAMES.join(', ')}.`)
  }
  const { type, route, level }: Record<keyof LevelRule, unknown> = {
    type: undefined,
    route: undefined,
    level: undefined,
    ...rule,
  }
  if (!isLevel(level)) throw input("The level of a rule is 'none', 'metadata' or 'details'.")
  if (route !== undefined && !isRoute(route))
    throw input(`The route of a rule is a path as mounted, such as "/accounts/:id", of 1 to ${MAX_ROUTE} characters.`)
  return {
    level,
    ...(type === undefined ? {} : { type: checkType(type, level) }),
    ...(route === undefined ? {} : { route }),
  }
}

/** Refuses a type that no event has, and one of which the rule could decide nothing. */
function checkType(pattern: unknown, level: Level): string {
  if (typeof pattern !== 'string') throw input('The type of a rule is an event type, or an area such as "access.*".')

  const shown = JSON.stringify(pattern)
  const types = EVENT_TYPES.filter((type) => covers({ type: pattern, level }, type))
  if (types.length === 0)
    throw input(
      `A rule of levels names ${shown}, which no event has: \`sallyport inventory\` lists the types; an area is written "access.*".`,
    )
  if (types.every((type) => EVENTS[type].durability === 'barrier'))
    throw input(
      `A rule of levels names ${shown}: what accompanies a change is always recorded whole. Take the rule out.`,
    )
  if (level === 'none' && types.every(isKept))
    throw input(
      `A rule of levels leaves out ${shown}, which no ledger may be without: use the level "metadata", or take the rule out.`,
    )
  return pattern
}

function isKept(type: EventType): boolean {
  return EVENTS[type].essential || EVENTS[type].durability === 'barrier'
}

function isLevel(value: unknown): value is Level {
  return LEVELS.includes(value)
}

function isRoute(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= MAX_ROUTE
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
