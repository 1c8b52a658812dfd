import { ALERT, type AlertMark } from '../../syncml/alert-codes.ts';
import type { AlertCommand, DmVersion, Item } from '../../syncml/message.ts';
import type { NodeValue } from './tree-node.ts';

/** Something the device has to say on its own account: a client event (1224) or a generic alert (1226, DM 1.2). */
export interface DeviceAlert {
  readonly code: typeof ALERT.clientEvent | typeof ALERT.generic;
  /** A URN or MIME type that says what it is about, e.g. `org.openmobilealliance.dm.firmwareupdate.update`. */
  readonly type: string;
  /** Of the data. Default `chr`, or `bin` for octets. */
  readonly format?: string;
  readonly mark?: AlertMark;
  /** The LocURI of the node it is about. */
  readonly source?: string;
  /** Of the Exec it answers; DM 1.2 only. */
  readonly correlator?: string;
  readonly data: NodeValue;
}

/** Alerts that wait for the server: they go into package 1 of every session until one has been answered. */
export class AlertOutbox {
  readonly #version: DmVersion;
  #waiting: readonly DeviceAlert[] = [];

  constructor(version: DmVersion) {
    this.#version = version;
  }

  /** Oldest first. */
  get waiting(): readonly DeviceAlert[] {
    return this.#waiting;
  }

  /** @throws Error when the device's version has no such alert */
  add(alert: DeviceAlert): void {
    if (this.#version === '1.1') {
      if (alert.code === ALERT.generic)
        throw new Error('generic alerts (1226) came with DM 1.2, this device is DM 1.1');
      if (alert.correlator !== undefined) throw new Error('a Correlator came with DM 1.2, this device is DM 1.1');
    }
    this.#waiting = [...this.#waiting, alert];
  }

  /** The server has it. */
  settle(alert: DeviceAlert): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== alert);
  }
}

export function alertDraft(alert: DeviceAlert): Omit<AlertCommand, 'cmdId'> {
  const { code, type, mark, source, correlator, data } = alert;
  const format = alert.format ?? (typeof data === 'string' ? 'chr' : 'bin');
  const item: Item = {
    ...(source !== undefined && { source: { uri: source } }),
    meta: { format, type, ...(mark !== undefined && { mark }) },
    data,
  };
  return { name: 'Alert', code, ...(correlator !== undefined && { correlator }), items: [item] };
}
