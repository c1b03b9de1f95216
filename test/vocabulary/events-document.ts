import {
  AREAS,
  COMMON_FIELDS,
  EVENTS,
  EVIDENCE,
  exampleCall,
  OWN_NAMES,
  type EventSpec,
  type EventType,
} from '@sallyport/audit/vocabulary'

const INTRODUCTION = `# Events

Every event that the ledger can hold: what it means, what recording it may cost, how long its personal data is kept and what
it is evidence for. This page is written from the registry that the code uses (\`EVENTS\` of \`@sallyport/audit/vocabulary\`);
\`sallyport inventory --json\` prints the same for programs. Names are append-only: a changed meaning is a new name.

**Class.** \`barrier\`: on disk together with the change it belongs to, or the change is refused. \`durable\`: awaited within a
budget; what comes later, or is lost, is counted in \`ledger.gap_recorded\`. \`counted\`: never waited for; under pressure its
number is recorded instead of its content. A star marks what is essential: levels cannot leave it out.

**Kept as.** The class of \`retention.personalDays\`: when its time is over, the keys of what is sealed in the event are destroyed.

**Evidence.** The families that auditors ask for; [below](#what-they-are-evidence-for) they lead to requirements. The events
are evidence: they make nobody compliant by themselves.`

/** The text of `packages/audit/EVENTS.md`. */
export function eventsDocument(): string {
  const parts = [
    INTRODUCTION,
    ...Object.entries(AREAS).map(([area, types]) => areaPart(area, types)),
    evidencePart(),
    namesPart(),
    ownNamesPart(),
    fieldsPart(),
    commonFieldsPart(),
    callsPart(),
  ]
  return `${parts.join('\n\n')}\n`
}

function areaPart(area: string, types: readonly EventType[]): string {
  const rows = types.map((type) => {
    const { description, waits, durability, essential, retention, evidence }: EventSpec = EVENTS[type]
    const meaning = waits === undefined ? description : `${description} *Not recorded yet: waits for ${waits}.*`
    return [code(type), meaning, essential ? `${durability} \\*` : durability, retention, evidence.join(' ')]
  })
  return `## ${area}\n\n${table(['event', 'meaning', 'class', 'kept as', 'evidence'], rows)}`
}

function evidencePart(): string {
  const rows = Object.entries(EVIDENCE).map(([family, { about, controls }]) => [family, about, controls.join(' · ')])
  return `## What they are evidence for\n\n${table(['family', 'about', 'requirements'], rows)}`
}

function namesPart(): string {
  const rows = Object.entries<EventSpec>(EVENTS).map(([type, { owasp, ocsf, ecs, caep }]) => [
    code(type),
    Object.hasOwn(OWN_NAMES, owasp) ? `${code(owasp)} (ours)` : code(owasp),
    String(ocsf),
    `${ecs.category.join(', ')} / ${ecs.type.join(', ')}`,
    caep ?? '–',
  ])
  const head = ['event', 'OWASP Logging Vocabulary', 'OCSF 1.8 type_uid', 'ECS 9.4 category / type', 'CAEP or RISC']
  return `## Their names elsewhere

An OCSF \`type_uid\` is the class times 100, plus the activity. Where several events of one flow have the same Shared Signals
event, a transmitter says it once a flow.

${table(head, rows)}`
}

function ownNamesPart(): string {
  const rows = Object.entries(OWN_NAMES).map(([name, level]) => {
    const types = Object.entries<EventSpec>(EVENTS).flatMap(([type, { owasp }]) => (owasp === name ? [code(type)] : []))
    return [code(name), level, types.join(', ')]
  })
  return `## Our names in the style of OWASP

The OWASP Logging Vocabulary has no names for second factors, step-up and identity providers. These are ours.

${table(['name', 'level', 'events'], rows)}`
}

function fieldsPart(): string {
  const rows = Object.entries<EventSpec>(EVENTS).map(([type, { fields }]) => {
    const names = Object.entries<string>(fields).map(([name, privacy]) =>
      privacy === 'clear' ? code(name) : `${code(name)} (${privacy})`,
    )
    return [code(type), names.length === 0 ? '–' : names.join(', ')]
  })
  return `## What they hold

The payload, \`data\`. What is not marked stands in clear and is an id, a count or a word of a closed list. \`digest\`: a hash of
something public or large. There is no class for codes, secrets, tokens, cookies and what people type: they have no field.

${table(['event', 'fields of `data`'], rows)}`
}

function commonFieldsPart(): string {
  const fields = Object.entries<string>(COMMON_FIELDS)
  const rows = [...new Set(Object.values<string>(COMMON_FIELDS))].map((privacy) => [
    privacy,
    fields.flatMap(([name, its]) => (its === privacy ? [code(name)] : [])).join(', '),
  ])
  return `## What every event may have

\`net.ip\` is shortened to its /24 or /48 before it is written. \`target.resource\` and \`tenant\` are what the application says:
give ids of things, no names of people. What is sealed can be read with the person's key alone, until that is destroyed.

${table(['privacy class', 'fields'], rows)}`
}

function callsPart(): string {
  const blocks = Object.entries(AREAS).map(([area, types]) => {
    const calls = types.map(exampleCall)
    const imports = calls.some((call) => call.includes('[event(')) ? 'event, openAudit' : 'openAudit'
    return `### ${area}: calls

\`\`\`ts
import { ${imports}, type AuditOptions } from '@sallyport/audit'

declare const options: AuditOptions
const audit = await openAudit(options)
${calls.join('\n')}
\`\`\``
  })
  return `## How each is recorded

Most events are recorded by the packages. These calls show the form of each; \`outcome\`, \`reason\`, \`actor\`, \`subject\`, \`target\`,
\`context\` and the ids of session, flow and challenge go beside \`data\`.

${blocks.join('\n\n')}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}
