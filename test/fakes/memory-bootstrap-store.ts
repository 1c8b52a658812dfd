import { MAX_PENDING_ACCOUNTS } from '../../src/domain/device.ts';
import { AppError } from '../../src/services/app-error.ts';
import type { BootstrapStore, NewBootstrap } from '../../src/services/ports/bootstrap-store.ts';
import type { PushOutbox } from '../../src/services/ports/push-outbox.ts';
import type { MemoryDeviceStore } from './memory-device-store.ts';

export class MemoryBootstrapStore implements BootstrapStore {
  readonly #devices: MemoryDeviceStore;
  readonly #outbox: PushOutbox;
  readonly started: NewBootstrap[] = [];

  constructor(devices: MemoryDeviceStore, outbox: PushOutbox) {
    this.#devices = devices;
    this.#outbox = outbox;
  }

  async start(bootstrap: NewBootstrap): Promise<void> {
    const { deviceId, account, voidsPending, push, at } = bootstrap;
    const row = this.#devices.row(deviceId);
    if (row === undefined) throw new AppError('device-unknown', 'No such device is registered.');
    const before = voidsPending ? [] : (row.account.pending ?? []);
    const pending = [...before, account].slice(-MAX_PENDING_ACCOUNTS);
    this.#devices.bootstrapped(deviceId, pending, { state: 'pending', at, pushId: push.pushId });
    await this.#outbox.enqueue({ ...push, dueAt: at });
    this.started.push(bootstrap);
  }
}
