import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';
import type {
  NewOtaSend,
  OtaDevice,
  OtaOutcome,
  OtaReport,
  OtaSend,
  OtaStore,
} from '../../src/services/ports/ota-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import type { MemoryDeviceStore } from './memory-device-store.ts';
import { pageOf } from './paging.ts';

/** Sends in memory. Their pushes stay queued. */
export class MemoryOtaStore implements OtaStore {
  readonly sends: NewOtaSend[] = [];
  readonly #devices: MemoryDeviceStore;

  constructor(devices: MemoryDeviceStore) {
    this.#devices = devices;
  }

  async create(send: NewOtaSend): Promise<void> {
    this.sends.push(send);
  }

  async get(id: string): Promise<OtaReport | undefined> {
    const send = this.#find(id);
    if (send === undefined) return undefined;
    return { ...summaryOf(send), states: { queued: send.recipients.filter(({ push }) => push).length } };
  }

  async list(page: PageRequest): Promise<Page<OtaSend>> {
    return pageOf(this.sends.map(summaryOf).toReversed(), page);
  }

  async outcomes(id: string, page: PageRequest): Promise<Page<OtaOutcome>> {
    const send = this.#find(id);
    const outcomes = (send?.recipients ?? []).map(
      ({ recipient, refused, push }): OtaOutcome => ({
        recipient,
        ...(refused === undefined ? {} : { refused }),
        ...(push === undefined || send === undefined
          ? {}
          : { pushId: push.pushId, state: 'queued', updatedAt: send.createdAt }),
      }),
    );
    return pageOf(outcomes, page);
  }

  async settings(id: string): Promise<OtaSettings | undefined> {
    return this.#find(id)?.settings;
  }

  async devices(deviceIds: readonly string[], msisdns: readonly string[]): Promise<readonly OtaDevice[]> {
    const digits = (number = '') => number.replace(/^\+/, '');
    return this.#devices
      .all()
      .filter(
        ({ deviceId, msisdn }) =>
          deviceIds.includes(deviceId) || (msisdn !== undefined && msisdns.map(digits).includes(digits(msisdn))),
      );
  }

  #find(id: string): NewOtaSend | undefined {
    return this.sends.find((send) => send.id === id);
  }
}

function summaryOf(send: NewOtaSend): OtaSend {
  const { id, source, packageId, documentKind, security, recipients, createdAt, expiresAt } = send;
  return {
    id,
    source,
    ...(packageId === undefined ? {} : { packageId }),
    documentKind,
    security,
    recipientCount: recipients.length,
    refusedCount: recipients.filter(({ refused }) => refused !== undefined).length,
    createdAt,
    expiresAt,
  };
}
