import type { DeliveryState } from './delivery.ts';
import type { PushState } from './push.ts';

/** What a device's past is made of. */
export const TIMELINE_KINDS = ['session', 'delivery', 'alert', 'bootstrap', 'push'] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** Something that happened with a device, and what is to be known of it at first sight. */
export type TimelineEntry = { readonly id: string; readonly at: Date } & (
  | {
      readonly kind: 'session';
      readonly sessionId: string;
      readonly dmSessionId: string;
      readonly phase: string;
      readonly closedAt?: Date;
      readonly closeReason?: string;
    }
  | {
      readonly kind: 'delivery';
      readonly deliveryId: string;
      readonly of: 'package' | 'discovery' | 'acl';
      readonly state: DeliveryState;
      /** Of a package. */
      readonly packageName?: string;
      readonly revision?: number;
      readonly campaignId?: string;
      readonly failure?: string;
    }
  | {
      readonly kind: 'alert';
      readonly sessionId: string;
      readonly code: number;
      readonly type: string;
      readonly mark?: string;
      readonly data?: string;
    }
  /** A document with an account was sent; or, with `done`, the device has used what came with one. */
  | { readonly kind: 'bootstrap'; readonly state: PushState | 'done'; readonly reason?: string }
  | {
      readonly kind: 'push';
      readonly of: 'trigger' | 'document';
      readonly state: PushState;
      readonly reason?: string;
      /** What it belongs to; a delivery of a package. */
      readonly deliveryId?: string;
      readonly campaignId?: string;
      readonly sendId?: string;
    }
);
