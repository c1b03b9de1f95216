import { describe, expect, test } from 'vitest'
import { capturedDeliveries } from './captured-deliveries.ts'

describe('capturedDeliveries', () => {
  test('keeps notices in the order they were sent', async () => {
    const deliveries = capturedDeliveries<string>()

    await deliveries.notify('first')
    await deliveries.notify('second')

    expect(deliveries.sent).toEqual(['first', 'second'])
  })

  test('fails once for each time it was told to, and keeps nothing of what failed', async () => {
    const deliveries = capturedDeliveries<string>()
    deliveries.failNext()

    await expect(deliveries.notify('lost')).rejects.toThrow('told to fail')
    await deliveries.notify('arrived')

    expect(deliveries.sent).toEqual(['arrived'])
  })
})
