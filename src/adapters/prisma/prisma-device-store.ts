import type { Device, NodeValue } from '../../domain/device.ts';
import { MAX_ATTRIBUTES } from '../../domain/device-labels.ts';
import { type HeldCredentials, renewedSecrets } from '../../services/account-change.ts';
import { AppError } from '../../services/app-error.ts';
import { deviceRevision, refuseStaleRevision, type SaidOfDevice } from '../../services/device-revision.ts';
import { type DeviceRow, deviceOfRow } from '../../services/device-row.ts';
import { mergedAttributes } from '../../services/merged-attributes.ts';
import type { DevicePatch, DeviceStore, NewDevice, TreePart } from '../../services/ports/device-store.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { sealSecrets } from '../../services/sealing.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';
import { knownTree } from './known-tree.ts';
import { guarded, isDuplicate } from './prisma-fault.ts';

/** What an admin sees of a row; passwords and nonces are not read. */
const VISIBLE = {
  id: true,
  deviceId: true,
  msisdn: true,
  imsi: true,
  auth: true,
  serverAuth: true,
  clientScope: true,
  clientUsername: true,
  hasAccount: true,
  bootstrapState: true,
  bootstrapAt: true,
  bootstrapPushId: true,
  infoDevId: true,
  infoMan: true,
  infoMod: true,
  infoDmV: true,
  infoLang: true,
  infoFwV: true,
  tags: true,
  attributes: true,
  timeZone: true,
  createdAt: true,
  updatedAt: true,
  lastSeenAt: true,
} as const satisfies Readonly<Record<keyof DeviceRow, true>>;

/** The same and what its revision is made of. The secrets stay sealed. */
const REVISED = { ...VISIBLE, secrets: true } as const;
type RevisedRow = DeviceRow & Pick<SaidOfDevice, 'secrets'>;

/** Device records through Prisma. Every method throws AppError `unavailable` when the database is away. */
export class PrismaDeviceStore implements DeviceStore {
  readonly #prisma: PrismaClient;
  readonly #box: SecretBox;

  constructor(prisma: PrismaClient, box: SecretBox) {
    this.#prisma = prisma;
    this.#box = box;
  }

  async create(device: NewDevice): Promise<Device> {
    const { id, deviceId, msisdn, imsi, account, hasAccount, createdAt, tags = [], attributes = {}, timeZone } = device;
    const { client, server } = account;
    try {
      const row = await guarded(() =>
        this.#prisma.device.create({
          data: {
            id,
            deviceId,
            msisdn: msisdn ?? null,
            imsi: imsi ?? null,
            auth: account.auth,
            serverAuth: server.auth ?? null,
            clientScope: client.scope ?? null,
            clientUsername: client.username,
            secrets: octets(
              sealSecrets(this.#box, { clientPassword: client.password, serverPassword: server.password }),
            ),
            serverPasswordMark: octets(this.#box.mark(server.password)),
            clientNonce: octetsOrNull(client.nonce),
            previousClientNonce: octetsOrNull(client.previousNonce),
            serverNonce: octetsOrNull(server.nonce),
            hasAccount: hasAccount ?? true,
            tags: [...tags],
            attributes,
            timeZone: timeZone ?? null,
            createdAt,
            updatedAt: createdAt,
          },
          select: REVISED,
        }),
      );
      return revisedDevice(row as RevisedRow);
    } catch (error) {
      if (isDuplicate(error)) {
        throw new AppError('device-exists', 'A device of that id is registered already.', { deviceId }, error);
      }
      throw error;
    }
  }

  async get(deviceId: string): Promise<Device | undefined> {
    const row = await guarded(() => this.#prisma.device.findUnique({ where: { deviceId }, select: REVISED }));
    return row === null ? undefined : revisedDevice(row as RevisedRow);
  }

  async update(deviceId: string, patch: DevicePatch, now: Date, revision?: string): Promise<Device> {
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        // The row is held, so that two changes of one half of the passwords each do not undo one another.
        const held = await heldDevice(tx, deviceId, revision);
        if (!held.hasAccount) refuseHalfAccount(patch);
        const row = await tx.device.update({
          where: { deviceId },
          data: { ...this.#changes(patch, held), updatedAt: now },
          select: REVISED,
        });
        return revisedDevice(row as RevisedRow);
      }),
    );
  }

  async sharesServerPassword(deviceId: string): Promise<boolean> {
    const [row] = await guarded(
      () =>
        this.#prisma.$queryRaw<{ shares: boolean }[]>`
SELECT EXISTS (SELECT FROM device d JOIN device o ON o.server_password_mark = d.server_password_mark AND o.id <> d.id
  WHERE d.device_id = ${deviceId}) AS shares`,
    );
    return row?.shares === true;
  }

  async delete(deviceId: string, revision?: string): Promise<void> {
    await guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        // A delivery that is being made for it holds the row; with the row held none can be.
        const row = await heldDevice(tx, deviceId, revision);
        const open = await tx.delivery.count({ where: { deviceId: row.id, endedAt: null } });
        if (open > 0) {
          throw new AppError(
            'device-has-open-deliveries',
            `The device has ${open === 1 ? 'an open delivery' : `${open} open deliveries`}; cancel first.`,
            { open },
          );
        }
        await tx.device.delete({ where: { id: row.id }, select: { id: true } });
      }),
    );
  }

  async tree(deviceId: string, part: TreePart = {}): Promise<readonly NodeValue[]> {
    // One moment, so that a report which is being worked in is seen either here or there.
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => knownTree(tx, deviceId, part), { isolationLevel: 'RepeatableRead' }),
    );
  }

  #changes(patch: DevicePatch, held: HeldDevice) {
    const { msisdn, imsi, tags, attributes, timeZone, auth, client, server } = patch;
    return {
      ...(msisdn === undefined ? {} : { msisdn }),
      ...(imsi === undefined ? {} : { imsi }),
      ...(tags === undefined ? {} : { tags: [...tags] }),
      ...(attributes === undefined ? {} : { attributes: keptAttributes(held.attributes, attributes) }),
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(auth === undefined ? {} : { auth }),
      ...(client?.username === undefined ? {} : { clientUsername: client.username }),
      ...(client?.scope === undefined ? {} : { clientScope: client.scope }),
      ...(server?.auth === undefined ? {} : { serverAuth: server.auth }),
      // A nonce given by hand is the only one that counts.
      ...(client?.nonce === undefined ? {} : { clientNonce: octets(client.nonce), previousClientNonce: null }),
      ...(server?.nonce === undefined ? {} : { serverNonce: octets(server.nonce) }),
      ...(server?.password === undefined ? {} : { serverPasswordMark: octets(this.#box.mark(server.password)) }),
      ...this.#newSecrets(patch, held),
      // What an admin says counts from now on, and nothing else: neither a bootstrap on its way nor a message that was
      // read before (its lock is gone).
      ...(auth !== undefined || client !== undefined || server !== undefined
        ? {
            hasAccount: true,
            pendingAccounts: null,
            bootstrapState: 'none',
            bootstrapAt: null,
            sessionLock: { increment: 1 },
          }
        : {}),
    };
  }

  #newSecrets(patch: Pick<DevicePatch, 'auth' | 'client' | 'server'>, held: HeldDevice) {
    const secrets = renewedSecrets(this.#box, held, patch);
    return secrets === undefined ? {} : { secrets: octets(secrets), refusals: Prisma.DbNull };
  }
}

/** Where there is no account yet, a part of one would leave the rest to chance. */
function refuseHalfAccount({ auth, client, server }: DevicePatch): void {
  if (auth === undefined && client === undefined && server === undefined) return;
  const missing = [
    ...(client?.username === undefined ? ['client.username'] : []),
    ...(client?.password === undefined ? ['client.password'] : []),
    ...(server?.password === undefined ? ['server.password'] : []),
  ];
  if (missing.length === 0) return;
  throw new AppError('account-incomplete', `The device has no DM account yet; it also needs ${missing.join(', ')}.`, {
    missing,
  });
}

function keptAttributes(...change: Parameters<typeof mergedAttributes>): Record<string, string> {
  const kept = mergedAttributes(...change);
  const count = Object.keys(kept).length;
  if (count > MAX_ATTRIBUTES) {
    throw new AppError('attributes-too-many', `It would have ${count} attributes; ${MAX_ATTRIBUTES} at most.`, {
      count,
      max: MAX_ATTRIBUTES,
    });
  }
  return { ...kept };
}

type HeldDevice = SaidOfDevice & HeldCredentials & { readonly id: string };

/**
 * Holds the row to the end of the transaction.
 * @param revision the one that is meant; undefined: whichever it is
 * @throws AppError `device-unknown`, `version-stale`
 */
async function heldDevice(
  tx: Pick<PrismaClient, '$queryRaw'>,
  deviceId: string,
  revision: string | undefined,
): Promise<HeldDevice> {
  const [held] = await tx.$queryRaw<HeldDevice[]>`
SELECT id, msisdn, imsi, tags, attributes, time_zone AS "timeZone", auth, server_auth AS "serverAuth",
  client_scope AS "clientScope", client_username AS "clientUsername", client_username AS username,
  has_account AS "hasAccount", secrets
FROM device WHERE device_id = ${deviceId} FOR UPDATE`;
  if (held === undefined) throw unknownDevice();
  refuseStaleRevision(deviceRevision(held), revision);
  return held;
}

function revisedDevice(row: RevisedRow): Device {
  return { ...deviceOfRow(row), revision: deviceRevision(row) };
}

function unknownDevice(): AppError {
  return new AppError('device-unknown', 'No device is registered under that id.');
}

/** Prisma wants octets in a buffer of their own. */
function octets(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

function octetsOrNull(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> | null {
  return bytes === undefined ? null : octets(bytes);
}
