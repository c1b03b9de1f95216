import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'

const FILE = new URL('../../../../../shared/vectors/ecs/ecs-9.4.0-fields.json', import.meta.url)

/** Whether the public list of fields lies beside the repository. */
export const hasEcsFields: boolean = existsSync(FILE)

interface AllowedValue {
  readonly name: string
  readonly expected_event_types?: readonly string[]
}

interface EcsFields {
  readonly fields: Readonly<Record<string, { readonly t: string; readonly a?: 1 }>>
  readonly allowed_values: Readonly<Record<string, readonly AllowedValue[]>>
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  keyword: isText,
  wildcard: isText,
  match_only_text: isText,
  long: Number.isSafeInteger,
  ip: (value) => isText(value) && isIP(String(value)) !== 0 && !String(value).includes('%'),
  date: (value) => isText(value) && new Date(String(value)).toISOString() === value,
}

/** Makes a judge of ECS 9.4.0 documents that says what is wrong with one; what is ours alone must hold texts or scalars. */
export function ecsJudge(): (document: object) => readonly string[] {
  const known: EcsFields = JSON.parse(readFileSync(FILE, 'utf8'))
  return (document) => [
    ...leavesOf(document, '').flatMap((leaf) => judgeLeaf(known, leaf)),
    ...judgeTypes(known, document),
  ]
}

/** Every value of a document and the dotted name under which an index has it; a list is one value. */
function leavesOf(value: object, prefix: string): readonly (readonly [string, unknown])[] {
  return Object.entries(value).flatMap(([name, member]: readonly [string, unknown]) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? leavesOf(member, `${prefix}${name}.`)
      : [[`${prefix}${name}`, member] as const],
  )
}

function judgeLeaf(
  { fields, allowed_values: allowed }: EcsFields,
  [name, value]: readonly [string, unknown],
): readonly string[] {
  if (name.startsWith('sallyport.')) return isOwnValue(value) ? [] : [`${name}: not a scalar`]
  const field = fields[name]
  if (field === undefined) return [`${name}: no such field`]
  if ((field.a === 1) !== Array.isArray(value)) return [`${name}: a list where none is, or none where one is`]
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  const isType = TYPES[field.t]
  if (items.length === 0 || isType === undefined || !items.every(isType)) return [`${name}: not of type ${field.t}`]
  const names = allowed[name]?.map((one): unknown => one.name)
  return names === undefined || items.every((item) => names.includes(item))
    ? []
    : [`${name}: a value that is not allowed`]
}

function judgeTypes({ allowed_values: allowed }: EcsFields, document: object): readonly string[] {
  const event = Object(Reflect.get(document, 'event'))
  const categories: readonly string[] = event.category
  const types: readonly string[] = event.type
  const expected = allowed['event.category']
    ?.filter(({ name }) => categories.includes(name))
    .flatMap(({ expected_event_types: names = [] }) => names)
  return types.filter((type) => expected?.includes(type) !== true).map((type) => `event.type: ${type} is not expected`)
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isOwnValue(value: unknown): boolean {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.every((item) => ['string', 'number', 'boolean'].includes(typeof item))
}
