/** What a verification came to. Of several problems the gravest decides. */
export type Verdict = 'good' | 'incomplete' | 'corrupt' | 'diverged' | 'bad_signature' | 'unverifiable'

/** The kinds of problems: a closed list, so that reports can count. */
export type ProblemKind =
  | 'checkpoint_unsigned'
  | 'checkpoint_forged'
  | 'checkpoint_unreadable'
  | 'checkpoint_misplaced'
  | 'checkpoint_key_retired'
  | 'checkpoint_abandoned'
  | 'checkpoint_missing'
  | 'keys_unreadable'
  | 'keys_unsigned'
  | 'keys_forged'
  | 'keys_differ'
  | 'keys_missing'
  | 'head_missing'
  | 'head_differs'
  | 'root_diverged'
  | 'root_differs'
  | 'entry_altered'
  | 'tile_altered'
  | 'tile_missing'
  | 'tree_ahead'
  | 'entry_missing'
  | 'pruned_unproved'
  | 'pruned_unsaid'
  | 'pruned_differs'
  | 'index_gap'
  | 'index_disorder'
  | 'entry_unreadable'
  | 'entry_not_canonical'
  | 'columns_differ'
  | 'writer_gap'
  | 'writer_repeated'
  | 'challenge_unnamed'
  | 'challenge_reissued'
  | 'challenge_ended_twice'
  | 'challenge_used_after_end'
  | 'challenge_not_issued'
  | 'nothing_signed'
  | 'no_keys'

/** What a kind of problem stands for. */
export interface Meaning {
  readonly verdict: Exclude<Verdict, 'good'>
  readonly message: string
  /** What may have caused it without anybody meaning harm. */
  readonly innocent?: string
}

const DISK = 'a damaged disk or an incomplete copy'
const RESTORE = 'a backup was restored'
const PROGRAM = 'a defect of the program that wrote it'

/** What each kind of problem means, in the order in which a verification meets them. */
export const MEANINGS: Readonly<Record<ProblemKind, Meaning>> = {
  checkpoint_unsigned: {
    verdict: 'bad_signature',
    message: 'The checkpoint is not signed by a given key.',
    innocent: 'the key was rotated and its older verifier keys were not given',
  },
  checkpoint_forged: {
    verdict: 'bad_signature',
    message: 'The signature of the checkpoint does not fit.',
    innocent: DISK,
  },
  checkpoint_unreadable: { verdict: 'bad_signature', message: 'The checkpoint is not a signed note.', innocent: DISK },
  checkpoint_misplaced: {
    verdict: 'bad_signature',
    message: 'The checkpoint is signed, but for another ledger or another size.',
    innocent: 'the origin was changed in the configuration',
  },
  checkpoint_key_retired: {
    verdict: 'bad_signature',
    message: 'The checkpoint is signed by a key that was not yet, or no longer, to sign the ledger at this size.',
  },
  checkpoint_abandoned: {
    verdict: 'incomplete',
    message: 'The ledger records that this checkpoint was given up: what was written after an older copy is lost.',
    innocent: RESTORE,
  },
  keys_unreadable: {
    verdict: 'bad_signature',
    message: 'The key manifest is not a signed list of keys.',
    innocent: DISK,
  },
  keys_unsigned: {
    verdict: 'bad_signature',
    message: 'The key manifest is not signed by a key that is trusted.',
    innocent: 'the given keys are those of another ledger',
  },
  keys_forged: { verdict: 'bad_signature', message: 'The signature of the key manifest does not fit.', innocent: DISK },
  keys_differ: {
    verdict: 'bad_signature',
    message: 'The key manifest does not say what the other manifests and the entries say.',
  },
  keys_missing: {
    verdict: 'incomplete',
    message: 'A key manifest is missing of which entries or other manifests tell.',
    innocent: RESTORE,
  },
  checkpoint_missing: {
    verdict: 'incomplete',
    message: 'The head names a checkpoint that is not there.',
    innocent: RESTORE,
  },
  head_missing: { verdict: 'incomplete', message: 'There are checkpoints but no head.', innocent: RESTORE },
  head_differs: {
    verdict: 'corrupt',
    message: 'The head does not agree with the newest checkpoint.',
    innocent: RESTORE,
  },
  root_diverged: {
    verdict: 'diverged',
    message:
      'Entries and tree agree, but not with the signed root: they were rewritten together, or two logs share a key.',
    innocent: 'a restored copy went on writing beside the original',
  },
  root_differs: { verdict: 'corrupt', message: 'The entries do not lead to the signed root.' },
  entry_altered: { verdict: 'corrupt', message: 'The entry is not the one that was signed.', innocent: DISK },
  tile_altered: {
    verdict: 'corrupt',
    message: 'The stored tree is damaged; the entries lead to the signed root.',
    innocent: DISK,
  },
  tile_missing: { verdict: 'corrupt', message: 'A tile of the stored tree is missing or damaged.', innocent: DISK },
  tree_ahead: {
    verdict: 'incomplete',
    message: 'The stored tree has more entries than were ever signed: checkpoints were removed.',
    innocent: RESTORE,
  },
  entry_missing: { verdict: 'incomplete', message: 'Signed entries are missing from here.', innocent: RESTORE },
  pruned_unproved: {
    verdict: 'incomplete',
    message:
      'Entries are gone from the beginning, and no statement signed by a key of the ledger says that they were pruned.',
    innocent: DISK,
  },
  pruned_unsaid: {
    verdict: 'incomplete',
    message: 'Entries were pruned, but no entry says so.',
    innocent: RESTORE,
  },
  pruned_differs: {
    verdict: 'corrupt',
    message: 'What is said of the pruning is not what entries, tree and the signed statement show.',
  },
  index_gap: { verdict: 'incomplete', message: 'The log has a gap in its indexes here.', innocent: DISK },
  index_disorder: {
    verdict: 'corrupt',
    message: 'The store gives entries out of order.',
    innocent: 'a defect of the store',
  },
  entry_unreadable: { verdict: 'corrupt', message: 'The entry is not an event.', innocent: 'a newer version wrote it' },
  entry_not_canonical: { verdict: 'corrupt', message: 'The entry is not in canonical form.', innocent: PROGRAM },
  columns_differ: {
    verdict: 'corrupt',
    message: 'Id, time or tags beside the entry are not those in its bytes: searches are misled.',
    innocent: PROGRAM,
  },
  writer_gap: {
    verdict: 'incomplete',
    message: 'Its writer says that events are in the log which are not there.',
    innocent: 'the store lost what it had confirmed, as a disk that does not sync may',
  },
  writer_repeated: { verdict: 'corrupt', message: 'Its writer has given this number before.', innocent: PROGRAM },
  challenge_unnamed: { verdict: 'corrupt', message: 'An event of a challenge does not name it.', innocent: PROGRAM },
  challenge_reissued: { verdict: 'corrupt', message: 'A challenge is issued twice.', innocent: PROGRAM },
  challenge_ended_twice: { verdict: 'corrupt', message: 'A challenge ends twice.', innocent: PROGRAM },
  challenge_used_after_end: { verdict: 'corrupt', message: 'A challenge is used after its end.', innocent: PROGRAM },
  challenge_not_issued: {
    verdict: 'incomplete',
    message: 'A challenge is used or ends that was never issued.',
    innocent: PROGRAM,
  },
  nothing_signed: {
    verdict: 'unverifiable',
    message: 'Nothing was ever signed here.',
    innocent: 'this is another database, or one that no application has opened yet',
  },
  no_keys: { verdict: 'unverifiable', message: 'No verifier key was given, so no signature could be judged.' },
}
