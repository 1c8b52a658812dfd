import type { Device, DeviceAuth, NodeValue } from '../../domain/device.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { DeviceFilter, DevicePatch, DeviceStore, NewDevice } from '../../services/ports/device-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { openSecrets, sealSecrets } from '../../services/sealing.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';
import { guarded, isDuplicate } from './prisma-fault.ts';
import { foldTree, type TreeReportJson } from './tree-reports.ts';

/** All but the account's secrets. */
const RECORD = {
  id: true,
  deviceId: true,
  msisdn: true,
  imsi: true,
  auth: true,
  clientUsername: true,
  infoDevId: true,
  infoMan: true,
  infoMod: true,
  infoDmV: true,
  infoLang: true,
  createdAt: true,
  updatedAt: true,
  lastSeenAt: true,
} as const;

type RecordRow = Prisma.DeviceGetPayload<{ select: typeof RECORD }>;

/** Device records on PostgreSQL. Passwords are sealed; nonces travel in the clear in every challenge and are kept so. */
export class PrismaDeviceStore implements DeviceStore {
  readonly #prisma: PrismaClient;
  readonly #box: SecretBox;

  constructor(prisma: PrismaClient, box: SecretBox) {
    this.#prisma = prisma;
    this.#box = box;
  }

  async create({ id, deviceId, msisdn, imsi, account, createdAt }: NewDevice): Promise<Device> {
    const { auth, client, server } = account;
    const secrets = sealSecrets(this.#box, { clientPassword: client.password, serverPassword: server.password });
    try {
      const row = await guarded(() =>
        this.#prisma.device.create({
          data: {
            id,
            deviceId,
            msisdn: msisdn ?? null,
            imsi: imsi ?? null,
            auth,
            clientUsername: client.username,
            secrets: Buffer.from(secrets),
            clientNonce: octets(client.nonce),
            serverNonce: octets(server.nonce),
            createdAt,
            updatedAt: createdAt,
          },
          select: RECORD,
        }),
      );
      return deviceOf(row);
    } catch (error) {
      if (isDuplicate(error)) throw new AppError('device-exists', `There is a device ${deviceId} already.`);
      throw error;
    }
  }

  async get(deviceId: string): Promise<Device | undefined> {
    const row = await guarded(() => this.#prisma.device.findUnique({ where: { deviceId }, select: RECORD }));
    return row === null ? undefined : deviceOf(row);
  }

  async list(filter: DeviceFilter, { limit, cursor }: PageRequest): Promise<Page<Device>> {
    const before = cursor === undefined ? undefined : String(decodeCursor(cursor, ['uuid'])[0]);
    const rows = await guarded(() =>
      this.#prisma.device.findMany({
        where: {
          ...(filter.deviceId !== undefined && { deviceId: { startsWith: filter.deviceId } }),
          ...(filter.msisdn !== undefined && { msisdn: filter.msisdn }),
          ...(filter.man !== undefined && { infoMan: filter.man }),
          ...(filter.mod !== undefined && { infoMod: filter.mod }),
          ...(before !== undefined && { id: { lt: before } }),
        },
        orderBy: { id: 'desc' },
        take: limit + 1,
        select: RECORD,
      }),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], deviceOf);
  }

  update(deviceId: string, patch: DevicePatch, now: Date): Promise<Device> {
    const { client, server } = patch;
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        // The row is held: what was sealed together is opened, changed and sealed again.
        const [held] = await tx.$queryRaw<{ secrets: Uint8Array }[]>`
          SELECT secrets FROM device WHERE device_id = ${deviceId} FOR UPDATE`;
        if (held === undefined) throw unknownDevice(deviceId);
        const row = await tx.device.update({
          where: { deviceId },
          data: {
            ...(patch.msisdn !== undefined && { msisdn: patch.msisdn }),
            ...(patch.imsi !== undefined && { imsi: patch.imsi }),
            ...(patch.auth !== undefined && { auth: patch.auth }),
            ...(client?.username !== undefined && { clientUsername: client.username }),
            ...(client?.nonce !== undefined && { clientNonce: octets(client.nonce), previousClientNonce: null }),
            ...(server?.nonce !== undefined && { serverNonce: octets(server.nonce) }),
            ...((client?.password !== undefined || server?.password !== undefined) && {
              secrets: this.#resealed(held.secrets, client?.password, server?.password),
            }),
            updatedAt: now,
          },
          select: RECORD,
        });
        return deviceOf(row);
      }),
    );
  }

  delete(deviceId: string): Promise<void> {
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        const [held] = await tx.$queryRaw<{ id: string; open: boolean }[]>`
          SELECT id::text, EXISTS (SELECT 1 FROM delivery t WHERE t.device_id = d.id AND t.ended_at IS NULL) AS open
          FROM device d WHERE device_id = ${deviceId} FOR UPDATE`;
        if (held === undefined) throw unknownDevice(deviceId);
        if (held.open) {
          throw new AppError(
            'device-has-open-deliveries',
            'Deliveries are on their way to this device; cancel them first.',
          );
        }
        await tx.device.delete({ where: { deviceId }, select: { id: true } });
      }),
    );
  }

  async tree(deviceId: string): Promise<readonly NodeValue[]> {
    const device = await guarded(() => this.#prisma.device.findUnique({ where: { deviceId }, select: { ...RECORD } }));
    if (device === null) throw unknownDevice(deviceId);
    // Reports are worked into the values from time to time: both are read from one snapshot.
    const [nodes, reports] = await guarded(() =>
      this.#prisma.$transaction(
        [
          this.#prisma.nodeValue.findMany({ where: { deviceId: device.id } }),
          this.#prisma.treeReport.findMany({ where: { deviceId: device.id }, orderBy: { exchange: 'asc' } }),
        ],
        { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead },
      ),
    );
    const known: NodeValue[] = nodes.map(({ locUri, value, format, type, at }) => ({
      locUri,
      ...(value === null ? {} : { value }),
      ...(format === null ? {} : { format }),
      ...(type === null ? {} : { type }),
      at,
    }));
    const told = reports.map(({ report, at }) => ({ report: report as unknown as TreeReportJson, at }));
    return foldTree([...known, ...devInfoNodes(device)], told);
  }

  #resealed(secrets: Uint8Array, clientPassword: string | undefined, serverPassword: string | undefined) {
    const old = openSecrets(this.#box, secrets);
    return Buffer.from(
      sealSecrets(this.#box, {
        clientPassword: clientPassword ?? old.clientPassword,
        serverPassword: serverPassword ?? old.serverPassword,
      }),
    );
  }
}

function unknownDevice(deviceId: string): AppError {
  return new AppError('device-unknown', `There is no device ${deviceId}.`);
}

function octets(bytes: Uint8Array | undefined) {
  return bytes === undefined ? null : Buffer.from(bytes);
}

function deviceOf(row: RecordRow): Device {
  const { infoDevId, infoMan, infoMod, infoDmV, infoLang } = row;
  return {
    id: row.id,
    deviceId: row.deviceId,
    ...(row.msisdn === null ? {} : { msisdn: row.msisdn }),
    ...(row.imsi === null ? {} : { imsi: row.imsi }),
    auth: row.auth as DeviceAuth,
    clientUsername: row.clientUsername,
    devInfo: {
      ...(infoDevId === null ? {} : { devId: infoDevId }),
      ...(infoMan === null ? {} : { man: infoMan }),
      ...(infoMod === null ? {} : { mod: infoMod }),
      ...(infoDmV === null ? {} : { dmV: infoDmV }),
      ...(infoLang === null ? {} : { lang: infoLang }),
    },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...(row.lastSeenAt === null ? {} : { lastSeenAt: row.lastSeenAt }),
  };
}

/** What every session starts with stands in the device's own row, not among its nodes. */
function devInfoNodes(row: RecordRow): NodeValue[] {
  const at = row.lastSeenAt;
  if (at === null) return [];
  return Object.entries({
    DevId: row.infoDevId,
    DmV: row.infoDmV,
    Lang: row.infoLang,
    Man: row.infoMan,
    Mod: row.infoMod,
  }).flatMap(([name, value]) => (value === null ? [] : [{ locUri: `./DevInfo/${name}`, value, format: 'chr', at }]));
}
