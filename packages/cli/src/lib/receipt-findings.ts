import type { ReceiptVerdict } from '@sallyport/audit/ledger'

/** Why a receipt proves nothing: the verdict's word, the reason, and what a person is told. */
export interface ReceiptFinding {
  readonly verdict: 'bad_signature' | 'unverifiable'
  readonly reason: ReceiptReason
  /** One sentence for the person at the terminal. */
  readonly message: string
  /** What may have happened without anybody's ill will. */
  readonly innocent?: string
}

type ReceiptReason = Extract<ReceiptVerdict, { ok: false }>['reason']

const FINDINGS: Readonly<Record<ReceiptReason, Omit<ReceiptFinding, 'reason'>>> = {
  malformed: {
    verdict: 'unverifiable',
    message: 'This is no receipt, or it was damaged on its way.',
    innocent: 'a mail program or an editor changed its lines; have it sent again as an attachment',
  },
  unknown_key: {
    verdict: 'bad_signature',
    message: 'None of the given keys signed the checkpoint of this receipt.',
    innocent: 'a receipt of another ledger, or a rotated key whose line is missing in the key file',
  },
  bad_signature: {
    verdict: 'bad_signature',
    message: 'A given key is said to have signed the checkpoint of this receipt, and did not.',
  },
  wrong_origin: {
    verdict: 'bad_signature',
    message: 'The checkpoint of this receipt is signed, but by the key of another ledger.',
    innocent: 'one key file for several ledgers, and a misnamed one among them',
  },
  not_included: {
    verdict: 'bad_signature',
    message: 'The event of this receipt does not stand in the ledger: its proof does not lead to what was signed.',
  },
  not_an_event: {
    verdict: 'unverifiable',
    message: 'What the receipt proves to be in the ledger is no event that this version knows.',
    innocent: 'a newer version of the ledger; use the newest version of this command',
  },
}

/** Says what a reason means. */
export function receiptFinding(reason: ReceiptReason): ReceiptFinding {
  const { verdict, ...told } = FINDINGS[reason]
  return { verdict, reason, ...told }
}
