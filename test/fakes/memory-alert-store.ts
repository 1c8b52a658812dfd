import type { DeviceAlert } from '../../src/domain/device-alert.ts';
import type { AlertFilter, AlertStore } from '../../src/services/ports/alert-store.ts';

/** Alerts in memory: a test puts in what is to be read. */
export class MemoryAlertStore implements AlertStore {
  readonly alerts: DeviceAlert[] = [];

  list({ deviceId, type, code }: AlertFilter, after: number, limit: number): Promise<readonly DeviceAlert[]> {
    const found = this.alerts.filter(
      (alert) =>
        alert.id > after &&
        (deviceId === undefined || alert.deviceId === deviceId) &&
        (type === undefined || alert.type === type) &&
        (code === undefined || alert.code === code),
    );
    return Promise.resolve(found.slice(0, limit));
  }
}
