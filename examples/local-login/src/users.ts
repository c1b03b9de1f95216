import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** A user as a table of yours may have them: nothing in it knows of Sallyport. */
export interface User {
  readonly id: string
  readonly name: string
  readonly salt: Buffer
  readonly hash: Buffer
}

/** The users of an application. */
export interface Users {
  byName(name: string): User | undefined
  byId(id: string): User | undefined
  /** Compares a password with a user's; without a user it takes as long, and is wrong. */
  hasPassword(user: User | undefined, password: string): Promise<boolean>
}

// OWASP Password Storage Cheat Sheet: scrypt with N = 2^16, r = 8, p = 2.
const COST = { N: 2 ** 16, r: 8, p: 2, maxmem: 128 * 1024 * 1024 }
const HASH_BYTES = 32
const MAX_PASSWORD = 256

/** Makes the users of the example, who share a password. Yours have chosen theirs. */
export async function createUsers(names: readonly string[], password: string): Promise<Users> {
  const users = await Promise.all(names.map((name) => createUser(name, password)))
  const nobody = await createUser('nobody', randomBytes(32).toString('base64url'))
  return {
    byName: (name) => users.find((user) => user.name === name),
    byId: (id) => users.find((user) => user.id === id),
    async hasPassword(user, given) {
      const { salt, hash } = user ?? nobody
      const isRight = timingSafeEqual(await digest(given.slice(0, MAX_PASSWORD), salt), hash)
      return isRight && user !== undefined
    },
  }
}

async function createUser(name: string, password: string): Promise<User> {
  const salt = randomBytes(16)
  return { id: `user-${name}`, name, salt, hash: await digest(password, salt) }
}

function digest(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, COST, (error, hash) => (error ? reject(error) : resolve(hash)))
  })
}
