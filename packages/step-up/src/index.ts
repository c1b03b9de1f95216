export type { CurrentSession, Login, Sessions } from './lib/session-contract.ts'
export type {
  AuthenticatorState,
  EnrolmentStart,
  Evidence,
  Factor,
  FactorInput,
  FactorOutcome,
  StrengthName,
  ViewBlock,
} from './lib/types.ts'
export type { ListedAuthenticator, MessageName, Page, PageProblem, ShownAction, Template } from './lib/page-models.ts'
