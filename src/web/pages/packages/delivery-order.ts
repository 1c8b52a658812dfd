import type { components } from '../../api/schema.d.ts';

type NewDelivery = components['schemas']['NewDelivery'];
export type UiMode = NonNullable<NewDelivery['uiMode']>;

/** What the form holds, named like the body of the request. */
export interface DeliveryValues {
  deviceId: string;
  /** Whether to wait until the device comes by itself, and not call it. */
  isAwaited: boolean;
  stop: boolean;
  force: boolean;
  uiMode: '' | UiMode;
  /** A day and time of the viewer's zone, as an input of that type has it. */
  expiresAt: string;
  variables: { name: string; value: string }[];
}

/** @param variables that somebody has to say */
export function startValues(variables: readonly string[], deviceId = ''): DeliveryValues {
  return {
    deviceId,
    isAwaited: false,
    stop: false,
    force: false,
    uiMode: '',
    expiresAt: '',
    variables: variables.map((name) => ({ name, value: '' })),
  };
}

export function orderOf(packageId: string, values: DeliveryValues): NewDelivery {
  const { deviceId, isAwaited, stop, force, uiMode, expiresAt, variables } = values;
  return {
    packageId,
    deviceId,
    // Otherwise it is called where that can be done: when it has a number.
    ...(isAwaited && { trigger: false }),
    onFailure: stop ? 'stop' : 'continue',
    force,
    ...(uiMode !== '' && { uiMode }),
    ...(expiresAt !== '' && { expiresAt: new Date(expiresAt).toISOString() }),
    ...(variables.length > 0 && { variables: Object.fromEntries(variables.map(({ name, value }) => [name, value])) }),
  };
}
