import type { z } from 'zod';
import { tagSet } from '../../../domain/device-labels.ts';
import { mergedAttributes } from '../../../services/merged-attributes.ts';
import type { DeviceRegistration } from '../../../services/new-devices.ts';
import type { DeviceLine } from '../../../services/ports/device-lines.ts';
import type { DevicePatch } from '../../../services/ports/device-store.ts';
import { devicePatchSchema } from '../schemas/device.ts';
import { deviceId } from '../schemas/fields.ts';

/** What a line says of a device: as a change of one says it, with the deviceId. */
export const deviceLineSchema = devicePatchSchema.extend({ deviceId }).meta({
  id: 'DeviceLine',
  description: 'A device in an import. What is left out stays as it is, or is made for a new device.',
});
type Line = z.output<typeof deviceLineSchema>;

/** What exports say besides, and nobody can import. */
const ONLY_TOLD: ReadonlySet<string> = new Set([
  'bootstrap',
  'devInfo',
  'hasAccount',
  'createdAt',
  'updatedAt',
  'lastSeenAt',
  'warnings',
]);

/** Text: what is wrong with it. */
export function readDeviceLine(line: number, record: unknown): DeviceLine | string {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return 'Expected an object.';
  const given = Object.fromEntries(Object.entries(record).filter(([key]) => !ONLY_TOLD.has(key)));
  const outcome = deviceLineSchema.safeParse(given);
  if (!outcome.success) {
    const [issue] = outcome.error.issues;
    if (issue === undefined) return 'It does not fit.';
    const path = [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])].join('.');
    const reason = issue.code === 'unrecognized_keys' ? 'Nothing of that name is taken.' : issue.message;
    return path === '' ? reason : `${path.slice(0, 100)}: ${reason}`;
  }
  const { deviceId: id, dm, tags, ...identity } = outcome.data;
  const patch: DevicePatch = { ...identity, ...(tags !== undefined && { tags: tagSet(tags ?? []) }), ...dm };
  return { line, deviceId: id, patch, registration: registrationOf(outcome.data) };
}

function registrationOf({
  deviceId: id,
  msisdn,
  imsi,
  tags,
  attributes,
  timeZone,
  dm,
}: Line): DeviceRegistration | string {
  const identity = {
    deviceId: id,
    ...(msisdn != null && { msisdn }),
    ...(imsi != null && { imsi }),
    ...(tags != null && { tags }),
    ...(attributes != null && { attributes: mergedAttributes({}, attributes) }),
    ...(timeZone != null && { timeZone }),
  };
  if (dm === undefined) return identity;
  const { auth, client = {}, server = {} } = dm;
  const { username, scope, ...secrets } = client;
  if (auth === undefined || username === undefined) {
    return `For a new device ${auth === undefined ? 'dm.auth' : 'dm.client.username'} is needed.`;
  }
  const { auth: serverAuth, ...serverSecrets } = server;
  return {
    ...identity,
    account: {
      auth,
      client: { username, ...secrets, ...(scope != null && { scope }) },
      server: { ...serverSecrets, ...(serverAuth != null && { auth: serverAuth }) },
    },
  };
}
