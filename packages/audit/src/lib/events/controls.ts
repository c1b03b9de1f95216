/** A family of events that auditors ask for. */
export interface EvidenceFamily {
  readonly about: string
  /**
   * The requirements that it is evidence for, framework by framework. The events are evidence: they make nobody compliant
   * by themselves.
   */
  readonly controls: readonly string[]
}

/** The names of the families. */
export type Evidence =
  | 'E1'
  | 'E2'
  | 'E3'
  | 'E4'
  | 'E5'
  | 'E6'
  | 'E7'
  | 'E8'
  | 'E9'
  | 'E10'
  | 'E11'
  | 'E12'
  | 'E13'
  | 'E14'
  | 'E15'
  | 'E16'

/** The families of events that auditors ask for. */
export const EVIDENCE: Readonly<Record<Evidence, EvidenceFamily>> = {
  E1: {
    about: 'Logins and tokens: what succeeded, what failed, with which factor',
    controls: [
      'SOC 2 CC6.1',
      'SOC 2 CC6.6',
      'ISO 27001 A.8.5',
      'ISO 27001 A.8.15',
      'PCI DSS 8.4.2',
      'PCI DSS 10.2.1.1',
      'PCI DSS 10.2.1.4',
      'HIPAA 164.308(a)(5)(ii)(C)',
      'HIPAA 164.312(d)',
      'NIS2 2024/2690 3.2.3',
      'ASVS 16.3.1',
      'NIST SP 800-53 IA-2',
    ],
  },
  E2: {
    about: 'Step-up and access: what was demanded, proved, allowed and refused',
    controls: [
      'SOC 2 CC6.1',
      'SOC 2 CC6.6',
      'ISO 27001 A.8.3',
      'ISO 27001 A.8.5',
      'PCI DSS 8.3.3',
      'PCI DSS 8.4.1',
      'PCI DSS 10.2.1.1',
      'PCI DSS 10.2.1.4',
      'HIPAA 164.312(a)(1)',
      'HIPAA 164.312(d)',
      'NIS2 21(2)(j)',
      'ASVS 7.5.3',
      'ASVS 16.3.1',
      'ASVS 16.3.2',
      'NIST SP 800-53 AC-3',
    ],
  },
  E3: {
    about: 'Authenticators: added, renamed, removed, reset, disabled',
    controls: [
      'SOC 2 CC6.1',
      'SOC 2 CC6.2',
      'ISO 27001 A.5.17',
      'PCI DSS 8.2.4',
      'PCI DSS 8.3.11',
      'PCI DSS 10.2.1.5',
      'HIPAA 164.312(d)',
      'NIS2 2024/2690 11.5',
      'ASVS 6.3.7',
      'ASVS 16.3.1',
      'NIST SP 800-53 IA-5',
      'NIST SP 800-63B-4 §4.1',
    ],
  },
  E4: {
    about: 'Recovery codes: made, used, used up',
    controls: [
      'SOC 2 CC6.1',
      'ISO 27001 A.5.17',
      'PCI DSS 8.3.3',
      'PCI DSS 10.2.1.5',
      'ASVS 6.3.7',
      'ASVS 16.3.1',
      'NIST SP 800-63B-4 §4.2',
    ],
  },
  E5: {
    about: 'Sessions: begun, rotated, expired, ended, used after their end',
    controls: [
      'SOC 2 CC6.1',
      'ISO 27001 A.8.5',
      'PCI DSS 8.2.8',
      'HIPAA 164.312(a)(2)(iii)',
      'NIS2 2024/2690 11.6',
      'ASVS 7.2.4',
      'ASVS 16.3.1',
      'NIST SP 800-53 AC-12',
    ],
  },
  E6: {
    about: 'Logout: by the person, or by word of the identity provider',
    controls: ['SOC 2 CC6.1', 'HIPAA 164.308(a)(3)(ii)(C)', 'ASVS 10.5.5', 'ASVS 16.3.1', 'NIST SP 800-53 AC-12'],
  },
  E7: {
    about: 'Locks and limits',
    controls: [
      'SOC 2 CC6.6',
      'SOC 2 CC7.2',
      'PCI DSS 8.3.4',
      'PCI DSS 10.2.1.4',
      'HIPAA 164.308(a)(5)(ii)(C)',
      'NIS2 2024/2690 11.6',
      'ASVS 16.3.3',
      'NIST SP 800-53 AC-7',
    ],
  },
  E8: {
    about: 'Delivery of codes',
    controls: ['SOC 2 CC6.1', 'ASVS 16.3.1', 'NIST SP 800-53 IA-5'],
  },
  E9: {
    about: 'What administrators do to people',
    controls: [
      'SOC 2 CC6.2',
      'SOC 2 CC6.3',
      'ISO 27001 A.5.18',
      'ISO 27001 A.8.2',
      'PCI DSS 8.2.4',
      'PCI DSS 10.2.1.2',
      'HIPAA 164.308(a)(3)(ii)(C)',
      'NIS2 2024/2690 3.2.3',
      'DORA 9(4)(c)',
      'ASVS 16.3.1',
      'NIST SP 800-53 AC-2',
    ],
  },
  E10: {
    about: 'Settings and keys: changes and rotations',
    controls: [
      'SOC 2 CC6.1',
      'SOC 2 CC7.1',
      'SOC 2 CC8.1',
      'ISO 27001 A.8.15',
      'PCI DSS 10.2.1.7',
      'PCI DSS 10.6.3',
      'NIS2 2024/2690 3.2.3',
      'DORA 9(4)(d)',
      'ASVS 16.3.3',
      'NIST SP 800-53 CM-3',
      'NIST SP 800-53 SC-12',
    ],
  },
  E11: {
    about: 'The log itself: read, exported, verified, pruned',
    controls: [
      'SOC 2 CC7.2',
      'ISO 27001 A.8.15',
      'PCI DSS 10.2.1.3',
      'PCI DSS 10.3.1',
      'PCI DSS 10.5.1',
      'HIPAA 164.312(b)',
      'GDPR 5(1)(e)',
      'NIS2 2024/2690 3.2.5',
      'ASVS 14.2.4',
      'ASVS 16.4.2',
      'NIST SP 800-53 AU-9',
      'NIST SP 800-53 AU-11',
    ],
  },
  E12: {
    about: 'Whether logging works: start, stop, silence, loss, clocks, sinks',
    controls: [
      'SOC 2 CC7.2',
      'ISO 27001 A.8.15',
      'ISO 27001 A.8.16',
      'ISO 27001 A.8.17',
      'PCI DSS 10.2.1.6',
      'PCI DSS 10.3.4',
      'PCI DSS 10.6.1',
      'PCI DSS 10.7.2',
      'HIPAA 164.312(c)(2)',
      'NIS2 2024/2690 3.2.6',
      'ASVS 16.2.2',
      'ASVS 16.4.2',
      'ASVS 16.4.3',
      'NIST SP 800-53 AU-5',
      'NIST SP 800-53 AU-8',
    ],
  },
  E13: {
    about: 'Anomalies: replays, copies, forgeries, things out of order',
    controls: [
      'SOC 2 CC6.6',
      'SOC 2 CC7.2',
      'SOC 2 CC7.3',
      'ISO 27001 A.8.16',
      'PCI DSS 8.5.1',
      'PCI DSS 10.2.1.4',
      'HIPAA 164.308(a)(5)(ii)(C)',
      'DORA 10',
      'ASVS 16.3.3',
      'NIST SP 800-53 SI-4',
    ],
  },
  E14: {
    about: 'Notices to people',
    controls: ['SOC 2 CC7.4', 'ASVS 6.3.7', 'NIST SP 800-63B-4 §4.2.3'],
  },
  E15: {
    about: 'Privacy: erasure, disclosure, holds',
    controls: ['ISO 27001 A.5.33', 'ISO 27001 A.5.34', 'GDPR 5(2)', 'GDPR 15', 'GDPR 17', 'ASVS 14.2.4'],
  },
  E16: {
    about: 'Errors, and trouble with what is depended on',
    controls: ['SOC 2 CC7.2', 'PCI DSS 10.7.2', 'ASVS 16.3.4', 'NIST SP 800-53 SI-11'],
  },
}

/** The requirements that some families are evidence for: each once, framework by framework. */
export function controlsOf(evidence: readonly Evidence[]): readonly string[] {
  return [...new Set(evidence.flatMap((family) => EVIDENCE[family].controls))].toSorted(inOrder)
}

const FRAMEWORKS = ['SOC 2', 'ISO 27001', 'PCI DSS', 'HIPAA', 'GDPR', 'NIS2', 'DORA', 'ASVS', 'NIST']

function inOrder(left: string, right: string): number {
  return rank(left) - rank(right) || left.localeCompare(right, 'en', { numeric: true })
}

function rank(control: string): number {
  return FRAMEWORKS.findIndex((framework) => control.startsWith(framework))
}
