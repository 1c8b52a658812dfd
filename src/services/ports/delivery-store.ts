import type { CommandResult, DeliveryFailure, DeliveryState, FailurePolicy } from '../../domain/delivery.ts';
import type { Page, PageRequest } from './page.ts';

export interface NewDelivery {
  readonly id: string;
  readonly packageId: string;
  /** The device's `deviceId`. */
  readonly deviceId: string;
  /** Values of the variables; kept sealed. */
  readonly variables: Readonly<Record<string, string>>;
  readonly onFailure: FailurePolicy;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /**
   * Set when Package #0 is to be sent: a push row of kind `package0` is written in the same transaction, with the
   * device's msisdn as destination and a session id (1…0xFFFF) that the store takes from the device's own counter.
   */
  readonly trigger?: { readonly pushId: string; readonly uiMode: number };
}

export interface Delivery {
  readonly id: string;
  readonly packageId: string;
  /** Which revision of which package that is. */
  readonly package: { readonly name: string; readonly revision: number };
  /** Of the campaign that ordered it, when one did. */
  readonly campaignId?: string;
  readonly deviceId: string;
  readonly state: DeliveryState;
  /** How many of the package's top-level commands are answered. */
  readonly position: number;
  /** How many of them have been sent; what comes after these the device has never seen. */
  readonly sent: number;
  readonly commandCount: number;
  readonly onFailure: FailurePolicy;
  /** The session id Package #0 carries, when there is one. */
  readonly triggerSessionId?: number;
  readonly failure?: DeliveryFailure;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  readonly endedAt?: Date;
}

export interface DeliveryWithResults extends Delivery {
  /** In path order. */
  readonly results: readonly CommandResult[];
  /** The trigger pushes, newest first. */
  readonly pushes: readonly {
    readonly id: string;
    readonly state: string;
    readonly attempts: number;
    readonly updatedAt: Date;
  }[];
}

export interface DeliveryStore {
  /** Throws AppError `device-unknown`, `package-unknown`, `trigger-impossible` (no msisdn). */
  create(delivery: NewDelivery): Promise<Delivery>;
  get(id: string): Promise<DeliveryWithResults | undefined>;
  list(
    filter: { readonly deviceId?: string; readonly packageId?: string; readonly state?: DeliveryState },
    page: PageRequest,
  ): Promise<Page<Delivery>>;
  /** Also cancels an unsent trigger. Throws `delivery-unknown`, `delivery-ended`. */
  cancel(id: string, now: Date): Promise<Delivery>;
  /** Ends open deliveries past their time as `expired`; at most `limit`. Returns how many. */
  expireDue(now: Date, limit: number): Promise<number>;
}
