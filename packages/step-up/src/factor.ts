export type {
  AuthenticatorState,
  EnrolmentStart,
  Factor,
  FactorInput,
  FactorOutcome,
  StrengthName,
  ViewBlock,
} from './lib/types.ts'
