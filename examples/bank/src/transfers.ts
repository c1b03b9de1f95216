/** One transfer that was made. */
export interface Transfer {
  readonly to: string
  /** Decimal, two places. */
  readonly amount: string
  readonly at: Date
}

/** What a transfer asks for, once it has the right form. */
export type TransferOrder = Pick<Transfer, 'to' | 'amount'>

// The bank itself is not the point of the example: its transfers live in memory.
const transfers = new Map<string, Transfer[]>()

/** Reads an order from a form or JSON body; a sentence for the person when it has another form. */
export function readOrder(body: unknown): TransferOrder | string {
  const { to, amount }: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {}
  if (typeof to !== 'string' || !/^[\p{L}\p{N} .'-]{1,64}$/u.test(to))
    return 'Whom should it go to? A name of at most 64 letters, please.'
  const figure = typeof amount === 'number' ? String(amount) : amount
  if (typeof figure !== 'string' || !/^[0-9]{1,7}(\.[0-9]{1,2})?$/.test(figure) || Number(figure) === 0)
    return 'How much? A figure such as 25.00, please.'
  return { to, amount: figure }
}

/** Makes a transfer. */
export function makeTransfer(user: string, order: TransferOrder): Transfer {
  const transfer = { to: order.to, amount: Number(order.amount).toFixed(2), at: new Date() }
  transfers.set(user, [...transfersOf(user), transfer])
  return transfer
}

/** The transfers of one user, the oldest first. */
export function transfersOf(user: string): readonly Transfer[] {
  return transfers.get(user) ?? []
}
