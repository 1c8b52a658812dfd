import type { DmAccount } from '../domain/device.ts';
import { tagSet } from '../domain/device-labels.ts';
import type { CredentialKind } from '../syncml/credential-kind.ts';
import { checkKinds } from './dm-account-rules.ts';
import type { Entropy } from './ports/clock.ts';
import type { NewDevice } from './ports/device-store.ts';

/** What an admin says of a new device. Passwords that are left out are made. */
export interface DeviceRegistration {
  readonly deviceId: string;
  readonly msisdn?: string;
  readonly imsi?: string;
  readonly tags?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
  readonly timeZone?: string;
  /** Absent: it has none until it is bootstrapped. */
  readonly account?: {
    readonly auth: DmAccount['auth'];
    readonly client: Omit<DmAccount['client'], 'password'> & { readonly password?: string };
    readonly server?: Omit<DmAccount['server'], 'password'> & { readonly password?: string };
  };
}

/** More than the 16 that are recommended (OMA-TS-DM_Security, 5.3.3); 32 characters. */
const PASSWORD_OCTETS = 24;

/** Makes of a registration what is kept: with an id, and with passwords where none were given. */
export class NewDevices {
  readonly #entropy: Entropy;
  /** The weakest kind of credentials that a device may be registered with. */
  readonly minAuth: CredentialKind;

  /** @param minAuth default: any */
  constructor(ports: { readonly entropy: Entropy }, { minAuth = 'basic' }: { readonly minAuth?: CredentialKind } = {}) {
    this.#entropy = ports.entropy;
    this.minAuth = minAuth;
  }

  /** @throws AppError `auth-not-allowed` */
  make({ account, tags, ...identity }: DeviceRegistration, createdAt: Date): NewDevice {
    const device = { ...identity, ...(tags !== undefined && { tags: tagSet(tags) }), createdAt };
    if (account === undefined) {
      return { ...device, account: this.#nobodysAccount(), hasAccount: false, id: this.#entropy.id() };
    }
    const { auth, client, server = {} } = account;
    checkKinds({ auth, ...(server.auth !== undefined && { serverAuth: server.auth }) }, this.minAuth);
    return {
      ...device,
      account: {
        auth,
        client: { ...client, password: client.password ?? this.#password() },
        server: { ...server, password: server.password ?? this.#password() },
      },
      id: this.#entropy.id(),
    };
  }

  /** One that nobody can use, so that a device without an account is refused as any stranger is. */
  #nobodysAccount(): DmAccount {
    return {
      auth: 'md5',
      client: { username: this.#password(), password: this.#password(), nonce: this.#entropy.bytes(16) },
      server: { password: this.#password(), nonce: this.#entropy.bytes(16) },
    };
  }

  /** Without a colon, which would end a user name. */
  #password(): string {
    return Buffer.from(this.#entropy.bytes(PASSWORD_OCTETS)).toString('base64url');
  }
}
