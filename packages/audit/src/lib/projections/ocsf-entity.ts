import { compact, type JsonObject } from './compact.ts'
import { textOf, type EventFacts } from './event-facts.ts'

const USER = 2
const OTHER = 99

/** What was managed, for the class that has to say so. */
export function entityOf(facts: EventFacts, origin: string | undefined): JsonObject {
  const { event, data, factor, authn } = facts
  const [area = '', object = ''] = event.type.split('.')
  switch (area) {
    case 'authenticator':
      return { ...thing('Authenticator', factor ?? area), ...compact({ uid: authn.authenticator }), ...ownerOf(facts) }
    case 'recovery_code':
    case 'recovery_codes':
      return { ...thing('Recovery codes', 'recovery_codes'), ...ownerOf(facts) }
    case 'notification':
      return { ...thing('Notification', textOf(data['about']) ?? area), ...ownerOf(facts) }
    case 'oidc':
      return thing('Identity provider', textOf(data['issuer']) ?? area)
    case 'config':
      return thing('Setting', textOf(data['setting']) ?? area)
    case 'privacy':
      return privateEntityOf(facts, object)
    default:
      return object.startsWith('key_')
        ? thing('Signing key', textOf(data['key']) ?? area)
        : thing('Ledger', origin ?? 'ledger')
  }
}

function privateEntityOf(facts: EventFacts, object: string): JsonObject {
  const { data, subject } = facts
  if (object === 'hold') return { ...thing('Legal hold', textOf(data['hold']) ?? object), ...ownerOf(facts) }
  if (object === 'keys') return thing('Keys of persons', textOf(data['class']) ?? object)
  return { ...thing('User', subject ?? 'unknown'), type_id: USER, ...ownerOf(facts) }
}

function thing(type: string, name: string): JsonObject {
  return { type, type_id: OTHER, name }
}

function ownerOf({ subject, actor }: EventFacts): JsonObject {
  const uid = subject ?? actor
  return uid === undefined ? {} : { user: { uid } }
}
