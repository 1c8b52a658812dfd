import type { PushState } from '../../domain/push.ts';
import type { OtaSettings } from '../../provisioning/ota/ota-settings.ts';
import type { PushKind } from '../../provisioning/push/push-kinds.ts';
import type { SecurityName } from '../push-security.ts';
import type { Page, PageRequest } from './page.ts';

/** What the document was made of. */
export const OTA_SOURCES = ['settings', 'package', 'document'] as const;
export type OtaSource = (typeof OTA_SOURCES)[number];

/** One document that was sent to one or many. What it said is not kept, but for settings. */
export interface OtaSend {
  readonly id: string;
  readonly source: OtaSource;
  readonly packageId?: string;
  readonly documentKind: PushKind;
  readonly security: SecurityName;
  /** All that were asked for, the refused ones counted. */
  readonly recipientCount: number;
  readonly refusedCount: number;
  readonly createdAt: Date;
  /** Until then its pushes are tried. */
  readonly expiresAt: Date;
}

export interface NewOtaRecipient {
  /** As the caller named it: a number or a deviceId. Never an IMSI or a PIN. */
  readonly recipient: string;
  /** Why nothing goes to it. */
  readonly refused?: string;
  /** What goes to it. */
  readonly push?: {
    readonly pushId: string;
    readonly destination: string;
    /** Of a registered device. */
    readonly deviceId?: string;
    /** The WSP PDU; it may hold passwords. */
    readonly payload: Uint8Array;
  };
}

export interface NewOtaSend extends Omit<OtaSend, 'recipientCount' | 'refusedCount'> {
  /** Kept, sealed, to be told to people. */
  readonly settings?: OtaSettings;
  /** In the order of the request. */
  readonly recipients: readonly NewOtaRecipient[];
  /** WDP ports of its pushes. */
  readonly destinationPort: number;
  readonly sourcePort: number;
  /** As `PUSH_PRIORITY`. */
  readonly priority: number;
}

/** What came of a send, as its pushes stand. A push that is gone, with its device, is counted nowhere. */
export interface OtaReport extends OtaSend {
  readonly states: Readonly<Partial<Record<PushState, number>>>;
}

/** What came of one recipient. */
export interface OtaOutcome {
  readonly recipient: string;
  readonly refused?: string;
  readonly pushId?: string;
  /** Absent when the push is gone. */
  readonly state?: PushState;
  /** Why the push was put back or ended. */
  readonly reason?: string;
  readonly updatedAt?: Date;
}

/** What a registered device says of a recipient. */
export interface OtaDevice {
  readonly deviceId: string;
  readonly msisdn?: string;
  readonly imsi?: string;
}

/** Sends of documents. Every method is one transaction. */
export interface OtaStore {
  /** Puts the send, its recipients and all their pushes in at once. */
  create(send: NewOtaSend): Promise<void>;

  get(id: string): Promise<OtaReport | undefined>;

  /** Newest first. */
  list(page: PageRequest): Promise<Page<OtaSend>>;

  /** In the order of the request. */
  outcomes(id: string, page: PageRequest): Promise<Page<OtaOutcome>>;

  /** Undefined when there is no such send, or it was made of something else. */
  settings(id: string): Promise<OtaSettings | undefined>;

  /** Devices of these ids, and devices with these numbers (a + in front or not); several may have the same one. */
  devices(deviceIds: readonly string[], msisdns: readonly string[]): Promise<readonly OtaDevice[]>;
}
