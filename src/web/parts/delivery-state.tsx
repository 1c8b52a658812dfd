import { Badge } from '@mantine/core';
import type { components } from '../api/schema.d.ts';
import { texts } from '../texts.ts';

export type DeliveryState = components['schemas']['Delivery']['state'];

const COLOURS: Readonly<Record<DeliveryState, string>> = {
  queued: 'gray',
  triggered: 'cyan',
  delivering: 'brand',
  succeeded: 'green',
  failed: 'red',
  expired: 'orange',
  cancelled: 'gray',
};

/** How far a delivery is. */
export function DeliveryStateBadge({ state }: { readonly state: DeliveryState }) {
  return (
    <Badge variant="light" color={COLOURS[state]}>
      {texts.overview.states[state]}
    </Badge>
  );
}
