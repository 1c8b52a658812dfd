import type { AuthScope, BootstrapState, Device, DeviceAuth, KnownDevInfo } from '../domain/device.ts';

/** What an admin sees of a row of the table `device`; passwords and nonces are not read. */
export interface DeviceRow {
  readonly id: string;
  readonly deviceId: string;
  readonly msisdn: string | null;
  readonly imsi: string | null;
  readonly auth: DeviceAuth;
  readonly serverAuth: DeviceAuth | null;
  readonly clientScope: AuthScope | null;
  readonly clientUsername: string;
  readonly hasAccount: boolean;
  readonly bootstrapState: BootstrapState;
  readonly bootstrapAt: Date | null;
  readonly bootstrapPushId: string | null;
  readonly infoDevId: string | null;
  readonly infoMan: string | null;
  readonly infoMod: string | null;
  readonly infoDmV: string | null;
  readonly infoLang: string | null;
  readonly infoFwV: string | null;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly timeZone: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastSeenAt: Date | null;
}

export function deviceOfRow(row: DeviceRow): Device {
  return {
    id: row.id,
    deviceId: row.deviceId,
    ...(row.msisdn === null ? {} : { msisdn: row.msisdn }),
    ...(row.imsi === null ? {} : { imsi: row.imsi }),
    auth: row.auth,
    ...(row.serverAuth === null ? {} : { serverAuth: row.serverAuth }),
    ...(row.clientScope === null ? {} : { clientScope: row.clientScope }),
    clientUsername: row.clientUsername,
    hasAccount: row.hasAccount,
    bootstrap: {
      state: row.bootstrapState,
      ...(row.bootstrapAt === null ? {} : { at: row.bootstrapAt }),
      ...(row.bootstrapPushId === null ? {} : { pushId: row.bootstrapPushId }),
    },
    devInfo: devInfoOf(row),
    tags: row.tags,
    attributes: row.attributes,
    ...(row.timeZone === null ? {} : { timeZone: row.timeZone }),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...(row.lastSeenAt === null ? {} : { lastSeenAt: row.lastSeenAt }),
  };
}

function devInfoOf(row: DeviceRow): KnownDevInfo {
  return {
    ...(row.infoDevId === null ? {} : { devId: row.infoDevId }),
    ...(row.infoMan === null ? {} : { man: row.infoMan }),
    ...(row.infoMod === null ? {} : { mod: row.infoMod }),
    ...(row.infoDmV === null ? {} : { dmV: row.infoDmV }),
    ...(row.infoLang === null ? {} : { lang: row.infoLang }),
    ...(row.infoFwV === null ? {} : { fwV: row.infoFwV }),
  };
}
