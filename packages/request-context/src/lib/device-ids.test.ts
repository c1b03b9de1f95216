import { describe, expect, test } from 'vitest'
import { createDeviceIds } from './device-ids.ts'

/** A keyring that counts what it is asked. */
function countingKeyring(): { asked: string[]; pseudonym(context: string, value: string): Promise<string> } {
  const asked: string[] = []
  return {
    asked,
    pseudonym: async (context, value) => {
      asked.push(value)
      return `${context} ${value} ${asked.length}`
    },
  }
}

describe('createDeviceIds', () => {
  test('asks the keyring once for a device that comes back', async () => {
    const keyring = countingKeyring()
    const ids = createDeviceIds(keyring)

    expect([await ids.ofKnown('a'), await ids.ofKnown('a'), await ids.ofKnown('b')]).toEqual([
      'device a 1',
      'device a 1',
      'device b 2',
    ])
    expect(keyring.asked).toEqual(['a', 'b'])
  })

  test('remembers no new devices, which may never come back', async () => {
    const keyring = countingKeyring()
    const ids = createDeviceIds(keyring)

    await ids.ofNew('a')
    await ids.ofKnown('a')

    expect(keyring.asked).toEqual(['a', 'a'])
  })

  test('forgets devices when there are too many', async () => {
    const keyring = countingKeyring()
    const ids = createDeviceIds(keyring)
    for (let at = 0; at < 1_001; at++) await ids.ofKnown(`device ${at}`)

    await ids.ofKnown('device 0')

    expect(keyring.asked).toHaveLength(1_002)
  })

  test('asks again after the keyring failed', async () => {
    const failing = countingKeyring()
    const answers = [Promise.reject(new Error('away')), Promise.resolve('id')]
    const ids = createDeviceIds({ ...failing, pseudonym: () => answers.shift() ?? failing.pseudonym('device', '') })

    await expect(ids.ofKnown('a')).rejects.toThrow('away')

    expect(await ids.ofKnown('a')).toBe('id')
  })
})
