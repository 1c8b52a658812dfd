interface AlertRow {
  readonly code: number;
  readonly name: string;
  /** Who may send it. */
  readonly from: 'server' | 'client' | 'both';
}

/** Alert codes used in device management (OMA-TS-DM_RepPro appendix on alert types; OMA-TS-DM_Protocol 8.7 and 10). */
export const ALERTS = [
  { code: 1100, name: 'DISPLAY', from: 'server' },
  { code: 1101, name: 'CONFIRM OR REJECT', from: 'server' },
  { code: 1102, name: 'TEXT INPUT', from: 'server' },
  { code: 1103, name: 'SINGLE CHOICE', from: 'server' },
  { code: 1104, name: 'MULTIPLE CHOICE', from: 'server' },
  { code: 1200, name: 'SERVER-INITIATED MGMT', from: 'client' },
  { code: 1201, name: 'CLIENT-INITIATED MGMT', from: 'client' },
  { code: 1222, name: 'NEXT MESSAGE', from: 'both' },
  { code: 1223, name: 'SESSION ABORT', from: 'both' },
  { code: 1224, name: 'CLIENT EVENT', from: 'client' },
  { code: 1225, name: 'NO END OF DATA', from: 'both' },
  { code: 1226, name: 'GENERIC ALERT', from: 'client' },
] as const satisfies readonly AlertRow[];

export type AlertCode = (typeof ALERTS)[number]['code'];

/** How much a generic alert matters, most first (OMA-TS-DM_Protocol, 8.7); one that says nothing is `informational`. */
export const ALERT_MARKS = [
  'fatal',
  'critical',
  'minor',
  'warning',
  'informational',
  'harmless',
  'indeterminate',
] as const;
export type AlertMark = (typeof ALERT_MARKS)[number];
export const DEFAULT_ALERT_MARK: AlertMark = 'informational';

export const ALERT = {
  serverInitiated: 1200,
  clientInitiated: 1201,
  nextMessage: 1222,
  sessionAbort: 1223,
  clientEvent: 1224,
  noEndOfData: 1225,
  generic: 1226,
} as const satisfies Record<string, AlertCode>;
