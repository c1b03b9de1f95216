import { chmod, chown, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { temporaryPath } from '../../test/key-material.ts'
import { createKeyFile, openKeyring, retireSignKeys, rotateKey } from './open-keyring.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const isRoot = process.getuid?.() === 0

describe('createKeyFile', () => {
  test('v5.0.0-13.3.2 makes a file with a key for each purpose, which only this user may read', async () => {
    const path = await temporaryPath()
    await createKeyFile(path, { clock: { now: () => 0 } })

    const { v, keys } = JSON.parse(await readFile(path, 'utf8'))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(v).toBe(1)
    expect(keys).toHaveLength(3)
    expect(keys[0]).toMatchObject({ id: expect.stringMatching(/^[\w-]{8}$/), createdAt: '1970-01-01T00:00:00.000Z' })
    expect(await readdir(dirname(path))).toEqual(['keys.json'])
  })

  test('makes one file of 50 tries at once and leaves it as it was first', async () => {
    const path = await temporaryPath()
    const tries = await Promise.allSettled(Array.from({ length: 50 }, () => createKeyFile(path)))

    const refused = tries.filter((attempt) => attempt.status === 'rejected').map((attempt) => attempt.reason)
    expect(refused).toHaveLength(49)
    expect(refused.every((reason) => reason.code === 'ERR_KEYRING_FILE_EXISTS')).toBe(true)
    await expect(openKeyring(path)).resolves.toBeDefined()
    expect(await readdir(dirname(path))).toEqual(['keys.json'])
  })

  test('says when there is no such directory', async () => {
    const path = join(await temporaryPath(), 'missing', 'keys.json')

    await expect(createKeyFile(path)).rejects.toEqual(code('ERR_KEYRING_FILE_MISSING'))
  })
})

describe('openKeyring', () => {
  test('reads again what it sealed before a restart', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    const sealed = await (await openKeyring(path)).seal('a', Buffer.from('value'))

    const opened = await (await openKeyring(path, {})).unseal('a', sealed)
    expect(Buffer.from(opened).toString()).toBe('value')
  })

  test('v5.0.0-6.3.2 says when there is no file', async () => {
    await expect(openKeyring(await temporaryPath())).rejects.toEqual(code('ERR_KEYRING_FILE_MISSING'))
  })

  test('v5.0.0-13.3.2 refuses a file that others may read or write, and gives the command that helps', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)

    for (const mode of [0o640, 0o620, 0o604, 0o602, 0o610, 0o601, 0o644, 0o666]) {
      await chmod(path, mode)
      await expect(openKeyring(path)).rejects.toEqual(code('ERR_KEYRING_FILE_EXPOSED'))
    }
    await expect(openKeyring(path)).rejects.toThrow(`chmod 600 ${path}`)
  })

  test('follows a symbolic link to a file of ours', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    await symlink(path, `${path}.link`)

    await expect(openKeyring(`${path}.link`)).resolves.toBeDefined()
  })

  test.runIf(isRoot)('refuses a file, or a link to one, that belongs to another user', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    await symlink(path, `${path}.link`)
    await chown(path, 12_345, 12_345)

    await expect(openKeyring(path)).rejects.toEqual(code('ERR_KEYRING_FILE_EXPOSED'))
    await expect(openKeyring(`${path}.link`)).rejects.toEqual(code('ERR_KEYRING_FILE_EXPOSED'))
  })

  test('refuses what is not a regular file', async () => {
    const path = await temporaryPath()
    await mkdir(path)

    await expect(openKeyring(path)).rejects.toEqual(code('ERR_KEYRING_FILE_EXPOSED'))
    await expect(openKeyring('/dev/null')).rejects.toEqual(code('ERR_KEYRING_FILE_EXPOSED'))
  })

  test('refuses a file above 64 kB without reading it whole', async () => {
    const path = await temporaryPath()
    await writeFile(path, ' '.repeat(65_537), { mode: 0o600 })

    await expect(openKeyring(path)).rejects.toEqual(code('ERR_KEYRING_FILE_DAMAGED'))
  })

  test('refuses an unknown option and names the nearest one', async () => {
    const options = Object.assign({ clock: { now: () => 0 } }, { randomByte: () => new Uint8Array() })

    await expect(openKeyring('keys.json', options)).rejects.toThrow(/did you mean "randomBytes"/)
  })
})

describe('retireSignKeys', () => {
  test('leaves the newest sign key and every key that seals or names', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    await rotateKey(path, 'seal')
    const before = await openKeyring(path)
    await rotateKey(path, 'sign')
    const [newest] = await (await openKeyring(path)).publicKeys()
    const sealed = await before.seal('a', Buffer.from('value'))

    const retired = await retireSignKeys(path)

    const after = await openKeyring(path)
    expect(retired).toHaveLength(1)
    expect(await after.publicKeys()).toEqual([newest])
    expect(Buffer.from(await after.unseal('a', sealed)).toString()).toBe('value')
  })

  test('changes nothing where there is one sign key only', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    const before = await readFile(path, 'utf8')

    expect(await retireSignKeys(path)).toEqual([])
    expect(await readFile(path, 'utf8')).toBe(before)
  })
})

describe('rotateKey', () => {
  test('refuses a purpose that there is not', async () => {
    const options: { purpose: 'seal' } = JSON.parse('{"purpose":"encrypt"}')

    await expect(rotateKey('keys.json', options.purpose)).rejects.toEqual(code('ERR_KEYRING_INPUT'))
  })

  test('v5.0.0-11.2.2 keeps old values readable and searches span both keys', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    const before = await openKeyring(path)
    const sealed = await before.seal('a', Buffer.from('value'))
    const id = await rotateKey(path, 'seal')
    const pseudonymId = await rotateKey(path, 'pseudonym')

    const after = await openKeyring(path)
    expect(Buffer.from(await after.unseal('a', sealed)).toString()).toBe('value')
    expect(await after.seal('a', new Uint8Array())).toContain(`${id}.`)
    expect(await after.pseudonyms('b', 'c')).toEqual([
      expect.stringContaining(pseudonymId),
      await before.pseudonym('b', 'c'),
    ])
  })

  test('signs with the new key and keeps the old public key', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    const [older] = await (await openKeyring(path)).publicKeys()
    await rotateKey(path, 'sign')

    const keys = await (await openKeyring(path)).publicKeys()
    expect(keys).toHaveLength(2)
    expect(keys[1]).toEqual(older)
  })

  test('loses no key of 50 rotations at once: each is in the file or says that it is not', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    const tries = await Promise.allSettled(Array.from({ length: 50 }, () => rotateKey(path, 'seal')))

    const added = tries.filter((attempt) => attempt.status === 'fulfilled').map((attempt) => attempt.value)
    const busy = tries.filter((attempt) => attempt.status === 'rejected').map((attempt) => attempt.reason.code)
    const ids = JSON.parse(await readFile(path, 'utf8')).keys.map((key: { id: string }) => key.id)
    expect(new Set(busy)).toEqual(new Set(['ERR_KEYRING_FILE_BUSY']))
    expect(ids).toEqual(expect.arrayContaining(added))
    expect(ids).toHaveLength(3 + added.length)
  })

  test('leaves the file private and alone in its directory', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    await rotateKey(path, 'seal')

    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(dirname(path))).toEqual(['keys.json'])
  })

  test('renews the file behind a symbolic link, not the link', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    await symlink(path, `${path}.link`)
    const id = await rotateKey(`${path}.link`, 'seal')

    expect(await readFile(path, 'utf8')).toContain(id)
  })

  test('changes nothing when the file is damaged, exposed or missing', async () => {
    const path = await temporaryPath()
    await expect(rotateKey(path, 'seal')).rejects.toEqual(code('ERR_KEYRING_FILE_MISSING'))
    await writeFile(path, '{}', { mode: 0o600 })

    await expect(rotateKey(path, 'seal')).rejects.toEqual(code('ERR_KEYRING_FILE_DAMAGED'))
    expect(await readFile(path, 'utf8')).toBe('{}')
    expect(await readdir(dirname(path))).toEqual(['keys.json'])
  })

  test('refuses to make a file that could not be read again', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    const { keys } = JSON.parse(await readFile(path, 'utf8'))
    const many = Array.from({ length: 450 }, (_, at) => ({ ...keys[0], id: String(at).padStart(8, '0') }))
    await writeFile(path, JSON.stringify({ v: 1, keys: [...keys, ...many] }))

    await expect(rotateKey(path, 'seal')).rejects.toEqual(code('ERR_KEYRING_KEYS'))
    await expect(openKeyring(path)).resolves.toBeDefined()
  })

  test('shows no secret in the error of a damaged file', async () => {
    const path = await temporaryPath()
    await createKeyFile(path)
    const content = await readFile(path, 'utf8')
    await writeFile(path, content.replace(/\}\s*$/, ', oops'))
    const secrets = JSON.parse(content).keys.map((key: { secret: string }) => key.secret)

    const error: unknown = await openKeyring(path).catch((reason: unknown) => reason)
    const shown = inspect(error, { depth: 10, showHidden: true })
    expect(error).toEqual(code('ERR_KEYRING_FILE_DAMAGED'))
    expect(secrets.some((secret: string) => shown.includes(secret.slice(0, 4)))).toBe(false)
  })
})
