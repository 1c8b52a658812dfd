import pg from 'pg';
import { AesGcmSecretBox } from '../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { sealSecrets } from '../../src/services/sealing.ts';
import type { Transport } from '../../src/simulators/device/http-transport.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';

/** What a device of the fleet does when it is triggered. */
export type Manner =
  | 'obeys'
  /** Refuses every Replace with status 405. */
  | 'refuses'
  /** Its number does not exist: the SMSC cannot hand over. */
  | 'unreachable'
  /** Takes the trigger and never comes. */
  | 'silent';

export interface FleetOptions {
  readonly count: number;
  readonly databaseUrl: string;
  /** What the server seals with. */
  readonly secretKey: Uint8Array;
  /** Where device number `index` opens its sessions. */
  readonly serverUrl: (index: number) => string;
  readonly mannerOf?: (index: number) => Manner;
  /** How it reaches the server; HTTP unless told. */
  readonly transport?: Transport;
}

const PASSWORDS = { client: 'client-secret', server: 'server-secret' };

/**
 * Hundreds of devices in one process, and an SMS centre that hands each its triggers: no sockets but those of the sessions.
 * A device comes into being with its first trigger. The devices are registered in the database, all at once.
 */
export class VirtualFleet {
  readonly smsc: Smsc;
  /** Triggers by the number of the device, as the centre took them in. */
  readonly triggers = new Map<number, number>();
  readonly #options: FleetOptions;
  readonly #devices = new Map<number, VirtualDevice>();
  /** May be changed while it runs. */
  mannerOf: (index: number) => Manner;

  private constructor(smsc: Smsc, options: FleetOptions) {
    this.smsc = smsc;
    this.#options = options;
    this.mannerOf = options.mannerOf ?? (() => 'obeys');
  }

  static async start(options: FleetOptions): Promise<VirtualFleet> {
    await register(options);
    const holder: { fleet?: VirtualFleet } = {};
    const smsc = await startSmsc({
      deliverWithoutHandset: true,
      remembered: 100,
      outcomeOf: ({ destination }) =>
        holder.fleet?.mannerOf(indexOf(destination)) === 'unreachable' ? 'UNDELIV' : 'DELIVRD',
    });
    const fleet = new VirtualFleet(smsc, options);
    holder.fleet = fleet;
    smsc.onPush(({ destination, udh, body }) => {
      const index = indexOf(destination);
      fleet.triggers.set(index, (fleet.triggers.get(index) ?? 0) + 1);
      const manner = fleet.mannerOf(index);
      if (manner !== 'unreachable' && manner !== 'silent') fleet.device(index).onPush(udh, body);
    });
    return fleet;
  }

  /** Of the n-th one, from 0, in the order in which they were registered. */
  static idOf(index: number): string {
    return `IMEI:35${String(index).padStart(13, '0')}`;
  }

  get sent(): number {
    return [...this.triggers.values()].reduce((sum, n) => sum + n, 0);
  }

  device(index: number): VirtualDevice {
    let device = this.#devices.get(index);
    if (device === undefined) {
      const { serverUrl, transport } = this.#options;
      device = new VirtualDevice({
        deviceId: VirtualFleet.idOf(index),
        serverUrl: serverUrl(index),
        client: { username: usernameOf(index), password: PASSWORDS.client, nonce: NONCE },
        server: { id: 'omadm', password: PASSWORDS.server, nonce: NONCE },
        refuse: (name) => (name === 'Replace' && this.mannerOf(index) === 'refuses' ? 405 : undefined),
        recordExecutions: false,
        retries: { limit: 100 },
        ...(transport !== undefined && { transport }),
      });
      this.#devices.set(index, device);
    }
    return device;
  }

  /** Resolves when no device is in a session. */
  async whenIdle(): Promise<void> {
    await Promise.all([...this.#devices.values()].map((device) => device.whenIdle()));
  }

  close(): Promise<void> {
    return this.smsc.close();
  }
}

const NONCE = new Uint8Array(16).fill(5);
const PREFIX = '49170';

function indexOf(destination: string): number {
  return Number(destination.replace(/^\+/, '').slice(PREFIX.length));
}

function usernameOf(index: number): string {
  return `user-${index}`;
}

async function register({ count, databaseUrl, secretKey }: FleetOptions): Promise<void> {
  const box = new AesGcmSecretBox(secretKey);
  const secrets = sealSecrets(box, { clientPassword: PASSWORDS.client, serverPassword: PASSWORDS.server });
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const indices = Array.from({ length: count }, (_, index) => index);
    await client.query(
      `INSERT INTO device (id, device_id, msisdn, auth, client_username, secrets, client_nonce, server_nonce, created_at,
        updated_at)
      SELECT ('01980000-0000-7000-8000-' || lpad(to_hex(f.n), 12, '0'))::uuid, f.id, $4 || lpad(f.n::text, 7, '0'), 'md5',
        f.username, $5, $6, $6, now(), now()
      FROM unnest($1::int[], $2::text[], $3::text[]) AS f(n, id, username)`,
      [indices, indices.map(VirtualFleet.idOf), indices.map(usernameOf), PREFIX, secrets, Buffer.from(NONCE)],
    );
  } finally {
    await client.end();
  }
}
