import { X509Certificate } from 'node:crypto';
import { makeBootstrapCredentials } from '../domain/bootstrap-credentials.ts';
import type { Device, DeviceAuth, PendingAccount } from '../domain/device.ts';
import { type BootstrapDocument, buildBootstrapDocument } from '../provisioning/bootstrap-document.ts';
import type { AccessPoint } from '../provisioning/cp/access-point.ts';
import { buildCpBootstrap } from '../provisioning/cp/cp-bootstrap.ts';
import type { MicrosoftParameters } from '../provisioning/cp/dm-application.ts';
import { type BootstrapAccount, BootstrapAccountError } from '../provisioning/dm-account.ts';
import { type CredentialKind, strongestOf } from '../syncml/credential-kind.ts';
import type { DmVersion } from '../syncml/message.ts';
import {
  type BootstrapMedia,
  bootstrapPush,
  openBootstrapPush,
  type PushSecurity,
  userPinWithMac,
} from '../wire/wap/push-mac.ts';
import { segmentSms } from '../wire/wap/segment.ts';
import { WAP_PUSH_PORT } from '../wire/wap/udh.ts';
import { WapError } from '../wire/wap/wap-error.ts';
import { encodeWspPush } from '../wire/wap/wsp-push.ts';
import { AppError } from './app-error.ts';
import { refuseUnknownDevice } from './devices.ts';
import { checkKinds } from './dm-account-rules.ts';
import { isDeviceId } from './identifiers.ts';
import type { BootstrapStore } from './ports/bootstrap-store.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { DeviceStore } from './ports/device-store.ts';
import type { PushOutbox, PushRecord } from './ports/push-outbox.ts';
import { SECURITY_METHODS, type SecurityName } from './push-security.ts';

/** `cp`: the w7 document of OMA CP. `plain`: an OMA DM message. */
export const BOOTSTRAP_PROFILES = ['cp', 'plain'] as const;
export type BootstrapProfile = (typeof BOOTSTRAP_PROFILES)[number];

/** What an admin asks for. */
export interface BootstrapOrder {
  readonly deviceId: string;
  /** Default `cp`. */
  readonly profile?: BootstrapProfile;
  /** Default 1.1. */
  readonly version?: DmVersion;
  /** Default NETWPIN; a device without an imsi needs another. */
  readonly security?: SecurityName;
  /** Digits that the user is told by other means. */
  readonly pin?: string;
  /** How both sides prove themselves from then on; default: as the device's account, else MD5. */
  readonly auth?: DeviceAuth;
  /** What the device calls; default: this server's public address. */
  readonly address?: string;
  /** The server's name for the user. */
  readonly name?: string;
  /** An access point to set up, or the name of a connection the device has. */
  readonly connection?: AccessPoint | string;
  /** PEM or DER; profile `cp` only. */
  readonly rootCertificates?: readonly (string | Uint8Array)[];
  /** Profile `cp` only. */
  readonly microsoft?: MicrosoftParameters;
  /** Whether the device shall open a session at once; default true, profile `cp` only. */
  readonly init?: boolean;
  /** Whether what earlier bootstraps have sent is void, if the device has not used it; default false. */
  readonly voidsPending?: boolean;
  readonly expiresAt?: Date;
}

export interface BootstrapPreview {
  readonly profile: BootstrapProfile;
  readonly version: DmVersion;
  readonly security: SecurityName;
  readonly document: BootstrapDocument;
  /** Short messages the push takes. */
  readonly partCount: number;
}

export interface BootstrapStarted {
  readonly pushId: string;
  readonly partCount: number;
  readonly expiresAt: Date;
  /** With USERPINMAC: what the user types after the PIN. It says nothing to who does not have the document. */
  readonly pinSuffix?: string;
}

export interface BootstrapStatus {
  readonly bootstrap: Device['bootstrap'];
  /** The push with the newest document; absent: none was made, or it is gone. */
  readonly push?: PushRecord;
}

export interface BootstrapSettings {
  readonly serverId: string;
  /** What devices call when nothing else is said, known once the server listens. */
  readonly address: () => string;
  /** The weakest kind of credentials that a device may be given. Default: any. */
  readonly minAuth?: CredentialKind;
  /** How long a push waits when nobody says otherwise, milliseconds. */
  readonly ttlMs: number;
}

/** Both, as the provisioning gateways in use address it; a trigger has another source. */
const PORTS = { destinationPort: WAP_PUSH_PORT, sourcePort: WAP_PUSH_PORT };

interface Prepared extends BootstrapPreview {
  readonly credentials: PendingAccount;
  readonly payload: Uint8Array;
  readonly pinSuffix?: string;
}

/**
 * Gives devices their DM account over the air (OMA-TS-DM_Bootstrap-V1_2), for the first time or anew: fresh credentials
 * go out in a document, and count from the first session on that the device opens with them. Until then it may go on with
 * what it has.
 */
export class Bootstrap {
  readonly #ports: {
    readonly devices: DeviceStore;
    readonly bootstraps: BootstrapStore;
    readonly outbox: PushOutbox;
    readonly clock: Clock;
    readonly entropy: Entropy;
  };
  readonly #settings: BootstrapSettings;

  constructor(
    ports: {
      readonly devices: DeviceStore;
      readonly bootstraps: BootstrapStore;
      readonly outbox: PushOutbox;
      readonly clock: Clock;
      readonly entropy: Entropy;
    },
    settings: BootstrapSettings,
  ) {
    this.#ports = ports;
    this.#settings = settings;
  }

  /**
   * What would be sent. The credentials in it are made for the occasion and good nowhere; the password of the connection,
   * the one secret that an order brings, is masked.
   *
   * @throws AppError `device-unknown`, `auth-not-allowed`, `bootstrap-impossible` with `field`
   */
  async preview(order: BootstrapOrder): Promise<BootstrapPreview> {
    const device = await this.#device(order);
    const { profile, version, security, partCount } = this.#prepare(order, device);
    const { document } = this.#prepare(masked(order), device);
    return { profile, version, security, document, partCount };
  }

  /**
   * Makes the account and puts the push into the queue, in one transaction.
   *
   * @throws AppError `device-unknown`, `expiry-past`, `auth-not-allowed`, `bootstrap-impossible` with `field`
   */
  async start(order: BootstrapOrder): Promise<BootstrapStarted> {
    const { clock, entropy, bootstraps } = this.#ports;
    const device = await this.#device(order);
    const { credentials, payload, partCount, pinSuffix } = this.#prepare(order, device);
    const { msisdn } = device;
    if (msisdn === undefined)
      throw impossible('msisdn', 'The device has no msisdn to send the push to; set one first.');
    const at = clock.now();
    const expiresAt = order.expiresAt ?? new Date(at.getTime() + this.#settings.ttlMs);
    if (expiresAt.getTime() <= at.getTime()) {
      throw new AppError('expiry-past', `"expiresAt" has to be after now, ${at.toISOString()}.`);
    }
    const pushId = entropy.id();
    await bootstraps.start({
      deviceId: device.deviceId,
      account: credentials,
      voidsPending: order.voidsPending ?? false,
      push: { pushId, destination: msisdn, content: { kind: 'raw', ...PORTS, payload }, expiresAt },
      at,
    });
    return { pushId, partCount, expiresAt, ...(pinSuffix !== undefined && { pinSuffix }) };
  }

  /** @throws AppError `device-unknown` */
  async status(deviceId: string): Promise<BootstrapStatus> {
    const { bootstrap } = await this.#device({ deviceId });
    const push = bootstrap.pushId === undefined ? undefined : await this.#ports.outbox.find(bootstrap.pushId);
    return { bootstrap, ...(push !== undefined && { push }) };
  }

  async #device({ deviceId }: Pick<BootstrapOrder, 'deviceId'>): Promise<Device> {
    const device = isDeviceId(deviceId) ? await this.#ports.devices.get(deviceId) : undefined;
    return device ?? refuseUnknownDevice(deviceId);
  }

  #prepare(order: BootstrapOrder, device: Device): Prepared {
    const { entropy } = this.#ports;
    const { profile = 'cp', version = '1.1', security = 'NETWPIN', pin } = order;
    const { minAuth = 'basic' } = this.#settings;
    const auth = order.auth ?? strongestOf(device.hasAccount ? device.auth : 'md5', minAuth);
    checkKinds({ auth }, minAuth);
    const credentials = makeBootstrapCredentials(auth, (length) => entropy.bytes(length));
    try {
      const document = this.#document(order, profile, version, credentials);
      const media: BootstrapMedia = profile === 'cp' ? 'connectivityWbxml' : 'syncmlDmWbxml';
      const method = SECURITY_METHODS[security];
      const [transactionId = 0, reference = 0] = entropy.bytes(2);
      const push =
        method === undefined
          ? openBootstrapPush(transactionId, media, document.wbxml)
          : bootstrapPush(transactionId, media, method, secretFor(method, device, pin), document.wbxml);
      const payload = encodeWspPush(push);
      const partCount = segmentSms(payload, { ...PORTS, reference }).length;
      const pinSuffix =
        method === 'userPinMac' && pin !== undefined
          ? userPinWithMac(pin, document.wbxml).slice(pin.length)
          : undefined;
      return {
        profile,
        version,
        security,
        document,
        partCount,
        credentials,
        payload,
        ...(pinSuffix !== undefined && { pinSuffix }),
      };
    } catch (error) {
      if (error instanceof BootstrapAccountError) throw impossible(error.field, `${error.message}.`);
      if (error instanceof WapError && error.code === 'too-large') throw impossible('', `${error.message}.`);
      if (error instanceof WapError) throw impossible('pin', `${error.message}.`);
      throw error;
    }
  }

  #document(
    order: BootstrapOrder,
    profile: BootstrapProfile,
    version: DmVersion,
    { auth, client, server }: PendingAccount,
  ): BootstrapDocument {
    const { connection, name, init, microsoft, rootCertificates = [] } = order;
    const accessPoint = typeof connection === 'object' ? connection : undefined;
    const account: BootstrapAccount = {
      version,
      serverId: this.#settings.serverId,
      address: order.address ?? this.#settings.address(),
      auth,
      client,
      server,
      ...(name !== undefined && { name }),
      ...(typeof connection === 'string' && { connection }),
    };
    if (profile === 'plain') {
      if (rootCertificates.length > 0) throw new BootstrapAccountError('rootCertificates', 'are for the profile "cp"');
      if (microsoft !== undefined) throw new BootstrapAccountError('microsoft', 'is for the profile "cp"');
      return buildBootstrapDocument(account, { deviceId: order.deviceId, ...(accessPoint && { accessPoint }) });
    }
    return buildCpBootstrap(account, {
      rootCertificates: rootCertificates.map(readCertificate),
      ...(accessPoint && { accessPoint }),
      ...(init !== undefined && { init }),
      ...(microsoft !== undefined && { microsoft }),
    });
  }
}

function masked(order: BootstrapOrder): BootstrapOrder {
  const { connection } = order;
  if (typeof connection !== 'object' || connection.auth === undefined) return order;
  return { ...order, connection: { ...connection, auth: { ...connection.auth, password: '***' } } };
}

function secretFor(
  method: PushSecurity,
  { imsi }: Device,
  userPin: string | undefined,
): { readonly imsi?: string; readonly userPin?: string } {
  const needsImsi = method === 'netwPin' || method === 'userNetwPin';
  if (needsImsi && imsi === undefined) {
    throw impossible('imsi', 'The device has no imsi, which this security is keyed by; set one, or use USERPIN.');
  }
  const needsPin = method !== 'netwPin';
  if (needsPin && userPin === undefined) throw impossible('pin', 'This security needs a "pin" that the user is told.');
  if (!needsPin && userPin !== undefined) throw impossible('pin', 'NETWPIN is keyed by the imsi and takes no "pin".');
  return { ...(imsi !== undefined && { imsi }), ...(userPin !== undefined && { userPin }) };
}

/** @throws BootstrapAccountError */
function readCertificate(given: string | Uint8Array, index: number): Uint8Array {
  try {
    return new Uint8Array(new X509Certificate(given).raw);
  } catch {
    throw new BootstrapAccountError(`rootCertificates/${index}`, 'is no X.509 certificate in PEM or DER');
  }
}

function impossible(field: string, message: string): AppError {
  return new AppError('bootstrap-impossible', message, field === '' ? {} : { field });
}
