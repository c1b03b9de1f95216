import type { PublicNames } from './public-names.ts'

/** Every entry of the packages that are the ledger's face: `audit`, `audit/query`, `audit-winston`. */
export const AUDIT_NAMES: Readonly<Record<string, PublicNames>> = {
  'audit-winston': {
    values: [
      'AuditWinstonError',
      'correlation',
      'correlationMeta',
      'eventBody',
      'redaction',
      'syslogTransport',
      'winstonSink',
    ],
    types: [
      'AuditWinstonErrorCode',
      'EventBodyOptions',
      'LevelTable',
      'RedactionOptions',
      'SyslogTls',
      'SyslogTransportOptions',
      'WinstonSinkOptions',
    ],
  },
  audit: {
    values: ['AuditError', 'FACTORS', 'canonicalize', 'event', 'openAudit'],
    types: [
      'Audit',
      'AuditErrorCode',
      'AuditOptions',
      'Authn',
      'EventInput',
      'FactorName',
      'Job',
      'LedgerEvent',
      'PendingEvent',
      'Reason',
      'Sink',
    ],
  },
  'audit/context': {
    values: ['contextOf', 'currentContext', 'runInContext', 'setContext'],
    types: ['DeviceContext', 'EventContext', 'Place', 'Who'],
  },
  'audit/export': {
    values: ['exportLedger'],
    types: [
      'ExportFolder',
      'ExportOptions',
      'ExportProblem',
      'ExportSource',
      'ExportVerification',
      'Exported',
      'VerifyExportOptions',
    ],
  },
  'audit/formats': {
    values: ['FORMATS', 'formatCsvHeader', 'formatCsvRow', 'formatEvent', 'severityOf', 'toCef', 'toEcs', 'toOcsf'],
    types: ['Format', 'FormatOptions', 'JsonObject', 'LedgerEvent', 'Severity'],
  },
  'audit/ledger': {
    values: ['eventTime', 'makeReceipt', 'revealEvent', 'verifyExport', 'verifyLedger', 'verifyReceipt'],
    types: ['AuditEvent', 'LedgerEvent', 'Outcome', 'Problem', 'ProblemKind', 'ReceiptVerdict', 'Verification'],
  },
  'audit/query': {
    values: ['GROUPINGS', 'countEvents', 'followLedger', 'queryLedger', 'tellStory'],
    types: [
      'AuditReader',
      'CountedGroup',
      'FollowOptions',
      'Grouping',
      'LedgerCount',
      'LedgerPage',
      'LedgerQuery',
      'Requester',
      'RevealPolicy',
      'Story',
    ],
  },
  'audit/vocabulary': {
    values: ['AREAS', 'COMMON_FIELDS', 'EVENTS', 'EVIDENCE', 'OWN_NAMES', 'exampleCall'],
    types: [
      'DeliveryChannel',
      'Durability',
      'EcsNames',
      'EventPayloads',
      'EventSpec',
      'EventType',
      'Evidence',
      'EvidenceFamily',
      'FieldPrivacy',
      'TokenKind',
    ],
  },
}
