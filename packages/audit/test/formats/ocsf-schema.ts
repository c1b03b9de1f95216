import { existsSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

const FOLDER = new URL('../../../../../shared/vectors/ocsf/', import.meta.url)

/** Whether the public schema lies beside the repository. */
export const hasOcsfSchema: boolean = existsSync(FOLDER)

/** Reads a file of the vectors. */
export function readOcsf(name: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
}

/** Makes a judge of OCSF 1.8.0 events that says what is wrong with one. */
export function ocsfJudge(): (event: object) => readonly string[] {
  const bundle = readOcsf('ocsf-1.8.0-auth-bundle.schema.json')
  // The bundle carries names of its own for tools, and dates that are none of ours.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  ajv.addSchema({ ...bundle, oneOf: undefined }, 'ocsf')
  const classes = classNames(bundle)
  return (event) => {
    const name = classes.get(Reflect.get(event, 'class_uid'))
    const validate = name === undefined ? undefined : ajv.getSchema(`ocsf#/$defs/class:${name}`)
    if (validate === undefined) return ['no such class']
    if (validate(event) === true) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  }
}

function classNames(bundle: Readonly<Record<string, unknown>>): ReadonlyMap<unknown, string> {
  const classes = Object(bundle['x-classes'])
  return new Map(Object.keys(classes).map((name) => [Object(classes[name]).class_uid, name]))
}
