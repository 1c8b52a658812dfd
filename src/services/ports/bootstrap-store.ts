import type { PendingAccount } from '../../domain/device.ts';
import type { RawContent } from './push-outbox.ts';

/** A bootstrap as it is put on its way: the push, and the account in it. */
export interface NewBootstrap {
  readonly deviceId: string;
  readonly account: PendingAccount;
  /**
   * True when accounts of earlier bootstraps that were not answered are void from now on: a push went astray, say. The
   * account the device is known to have stays good in any case.
   */
  readonly voidsPending: boolean;
  readonly push: {
    readonly pushId: string;
    /** MSISDN in international format. */
    readonly destination: string;
    readonly content: RawContent;
    readonly expiresAt: Date;
  };
  readonly at: Date;
}

/** Puts bootstraps on their way. */
export interface BootstrapStore {
  /**
   * In one transaction: the account is one of those the device may use, the push is in the queue, a push of an earlier
   * bootstrap that still waits there is cancelled. Messages of the device that were read before have to look again.
   *
   * Throws AppError `device-unknown`.
   */
  start(bootstrap: NewBootstrap): Promise<void>;
}
