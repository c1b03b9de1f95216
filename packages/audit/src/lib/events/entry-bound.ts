/** The most bytes that an entry may have, for whoever writes one and for whoever reads one. */
export const MAX_ENTRY_BYTES = 16_384
