export type { Keyring, KeyPurpose } from './lib/types.ts'
