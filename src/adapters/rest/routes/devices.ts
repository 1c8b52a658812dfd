import type { Device } from '../../../domain/device.ts';
import type { Devices } from '../../../services/devices.ts';
import type { DevicePatch } from '../../../services/ports/device-store.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  DEVICE_EXAMPLE,
  devicePatchSchema,
  deviceSchema,
  NEW_DEVICE_EXAMPLE,
  newDeviceSchema,
  presentDevice,
  presentKeptDevice,
} from '../schemas/device.ts';
import { byDeviceId } from '../schemas/fields.ts';

const oneDevice = {
  description: 'The device. Secrets are not in it.',
  content: { mediaType: 'application/json', schema: deviceSchema, example: DEVICE_EXAMPLE },
  headers: {
    ETag: 'For `If-Match`: another one after every change of its numbers, labels, time zone and account. What sessions report does not change it.',
  },
};

export function deviceRoutes(devices: Devices): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/devices',
      operationId: 'registerDevice',
      tag: 'Devices',
      summary: 'Register a device',
      body: { kind: 'json', schema: newDeviceSchema, examples: { device: NEW_DEVICE_EXAMPLE } },
      idempotent: true,
      responses: { 201: { ...oneDevice, headers: { ...oneDevice.headers, Location: 'Where the device is.' } } },
      problems: ['device-exists', 'auth-not-allowed'],
      handle: async ({ body: { dm, ...identity } }) => {
        const kept = await devices.register({ ...identity, ...(dm !== undefined && { account: dm }) });
        return {
          status: 201,
          headers: { ...etagOf(kept.device), Location: `/api/v1/devices/${encodeURIComponent(kept.device.deviceId)}` },
          body: presentKeptDevice(kept),
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/{deviceId}',
      operationId: 'getDevice',
      tag: 'Devices',
      summary: 'One device',
      params: byDeviceId,
      responses: { 200: oneDevice },
      problems: ['device-unknown'],
      handle: async ({ params }) => {
        const device = await devices.get(params.deviceId);
        return { status: 200, headers: etagOf(device), body: presentDevice(device) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/devices/{deviceId}',
      operationId: 'updateDevice',
      tag: 'Devices',
      summary: 'Change a device',
      description:
        'What is left out stays; `null` takes a value away. Secrets given here replace the stored ones; a session that goes on keeps the old credentials to its end. A bootstrap that was not answered is void.',
      params: byDeviceId,
      body: {
        kind: 'json',
        schema: devicePatchSchema,
        mediaTypes: ['application/json', 'application/merge-patch+json'],
        examples: {
          msisdn: { msisdn: '+491701234568', imsi: null },
          labels: { tags: ['pilot'], attributes: { customer: 'ACME', floor: null } },
        },
      },
      conditional: 'text',
      responses: { 200: oneDevice },
      problems: ['device-unknown', 'auth-not-allowed', 'account-incomplete', 'attributes-too-many'],
      handle: async ({ params, revision, body: { dm, tags, ...identity } }) => {
        const patch: DevicePatch = { ...identity, ...(tags !== undefined && { tags: tags ?? [] }), ...dm };
        const kept = await devices.update(params.deviceId, patch, revision);
        return { status: 200, headers: etagOf(kept.device), body: presentKeptDevice(kept) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/devices/{deviceId}',
      operationId: 'deleteDevice',
      tag: 'Devices',
      summary: 'Delete a device with its deliveries, sessions and values',
      params: byDeviceId,
      conditional: 'text',
      responses: { 204: { description: 'It is gone.' } },
      problems: ['device-unknown', 'device-has-open-deliveries'],
      handle: async ({ params, revision }) => {
        await devices.delete(params.deviceId, revision);
        return { status: 204 };
      },
    }),
  ];
}

function etagOf({ revision }: Device): Readonly<Record<string, string>> {
  return revision === undefined ? {} : { ETag: `"${revision}"` };
}
