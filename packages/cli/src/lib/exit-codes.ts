import type { Verification } from '@sallyport/audit/ledger'
import type { Approval } from './prove-approval.ts'
import type { ReceiptFinding } from './receipt-findings.ts'

/** The exit code of each verdict. They never change. */
export const VERDICT_CODES: Readonly<Record<Verification['verdict'], number>> = {
  good: 0,
  incomplete: 10,
  corrupt: 20,
  diverged: 30,
  bad_signature: 40,
  unverifiable: 50,
}

/** The exit code of each verdict on an approval; a disproved one is a bad signature or proof. They never change. */
export const APPROVAL_CODES: Readonly<Record<Approval['verdict'], number>> = {
  proved: 0,
  disproved: 40,
  unverifiable: 50,
}

/** The exit code of each verdict on a receipt. They never change. */
export const RECEIPT_CODES: Readonly<Record<'good' | ReceiptFinding['verdict'], number>> = {
  good: 0,
  bad_signature: 40,
  unverifiable: 50,
}

/** The command could not do its work for another reason. */
export const FAILED = 1

/** The arguments are wrong. */
export const WRONG_USAGE = 2
