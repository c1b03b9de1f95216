/** A network in CIDR notation, IPv4, and what the database says of it. */
export type MmdbNetwork = readonly [cidr: string, record: MmdbValue]

/** What a record may hold. */
export type MmdbValue = string | number | readonly MmdbValue[] | { readonly [name: string]: MmdbValue }

const METADATA_MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const SEPARATOR = Buffer.alloc(16)

/**
 * Writes a small database of IPv4 networks in the MMDB format, for tests.
 *
 * @param networks The networks; none lies in another.
 * @param damage `dataOffset` is added to every pointer into the data, so that it leads nowhere.
 * @see MaxMind DB File Format Specification 2.0
 */
export function formatMmdb(networks: readonly MmdbNetwork[], damage: { readonly dataOffset?: number } = {}): Buffer {
  const nodes: [Child, Child][] = [[undefined, undefined]]
  const records = networks.map(([, record]) => encode(record))
  const offsets = records.map((_, number) => Buffer.concat(records.slice(0, number)).length)
  for (const [number, [cidr]] of networks.entries()) {
    insert(nodes, cidr, { data: (offsets[number] ?? 0) + (damage.dataOffset ?? 0) })
  }
  const tree = nodes.flat().map((child) => pointer(child, nodes.length))
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'Test',
    ip_version: 4,
    languages: [],
    node_count: nodes.length,
    record_size: 24,
  })
  return Buffer.concat([...tree, SEPARATOR, ...records, METADATA_MARK, metadata])
}

type Child = undefined | { readonly node: number } | { readonly data: number }

function insert(nodes: [Child, Child][], cidr: string, leaf: Child): void {
  const [ip = '', length = '32'] = cidr.split('/')
  const bits = ip.split('.').flatMap((part) => Array.from({ length: 8 }, (_, bit) => (Number(part) >> (7 - bit)) & 1))
  const path = bits.slice(0, Number(length))
  let at = 0
  for (const [depth, bit] of path.entries()) {
    const node = nodes[at] ?? [undefined, undefined]
    const side = bit === 1 ? 1 : 0
    if (depth === path.length - 1) {
      node[side] = leaf
      return
    }
    const next = node[side]
    if (next !== undefined && 'node' in next) {
      at = next.node
      continue
    }
    nodes.push([undefined, undefined])
    node[side] = { node: nodes.length - 1 }
    at = nodes.length - 1
  }
}

function pointer(child: Child, nodeCount: number): Buffer {
  const bytes = Buffer.alloc(3)
  const value =
    child === undefined ? nodeCount : 'node' in child ? child.node : nodeCount + SEPARATOR.length + child.data
  bytes.writeUIntBE(value, 0, 3)
  return bytes
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(6, 4), bytes])
  }
  if (isList(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)])
  const members = Object.entries(value)
  return Buffer.concat([control(7, members.length), ...members.flatMap(([name, one]) => [encode(name), encode(one)])])
}

function isList(value: MmdbValue): value is readonly MmdbValue[] {
  return Array.isArray(value)
}

// Types above 7 stand in a byte of their own; sizes here stay below 285.
function control(type: number, size: number): Buffer {
  const [first, extra] = type > 7 ? [0, [type - 7]] : [type << 5, []]
  return Buffer.from(size < 29 ? [first | size, ...extra] : [first | 29, ...extra, size - 29])
}
