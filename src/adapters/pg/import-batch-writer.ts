import type pg from 'pg';
import { MAX_ATTRIBUTES } from '../../domain/device-labels.ts';
import { type HeldCredentials, isSameAccount, renewedSecrets } from '../../services/account-change.ts';
import { mergedAttributes } from '../../services/merged-attributes.ts';
import type { DevicePatch, NewDevice } from '../../services/ports/device-store.ts';
import type { ImportPolicy, LineOrder, RefusedLine } from '../../services/ports/import-store.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { sealSecrets } from '../../services/sealing.ts';

export interface BatchOutcome {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: readonly RefusedLine[];
}

/** Carries out lines of an import, some hundreds or thousands with a statement for each kind of change. */
export class ImportBatchWriter {
  readonly #box: SecretBox;

  constructor(box: SecretBox) {
    this.#box = box;
  }

  /** In the transaction that the client is in. Lines about the same device come one after the other. */
  async write(
    client: pg.PoolClient,
    policy: ImportPolicy,
    orders: readonly LineOrder[],
    now: Date,
  ): Promise<BatchOutcome> {
    const sum = { created: 0, updated: 0, unchanged: 0, refused: [] as RefusedLine[] };
    let waiting = orders;
    while (waiting.length > 0) {
      const round = new Map<string, LineOrder>();
      const later: LineOrder[] = [];
      for (const order of waiting) {
        if (round.has(order.deviceId)) later.push(order);
        else round.set(order.deviceId, order);
      }
      const overtaken = await this.#round(client, policy, [...round.values()], now, sum);
      // Somebody else has registered these since they were looked for: now they can be found.
      waiting = [...overtaken, ...later];
    }
    return sum;
  }

  /** Each device once. @returns orders that have to be tried again */
  async #round(
    client: pg.PoolClient,
    policy: ImportPolicy,
    orders: readonly LineOrder[],
    now: Date,
    sum: { created: number; updated: number; unchanged: number; refused: RefusedLine[] },
  ): Promise<readonly LineOrder[]> {
    const held = policy === 'create' ? new Map<string, HeldRow>() : await hold(client, orders);
    const changes: ChangedRow[] = [];
    const fresh: { readonly order: LineOrder; readonly device: NewDevice }[] = [];
    const refuse = ({ line, deviceId }: LineOrder, reason: string): void => {
      sum.refused.push({ line, deviceId, reason });
    };
    for (const order of orders) {
      const row = held.get(order.deviceId);
      if (row !== undefined) {
        const change = this.#change(row, order.patch);
        if (change === undefined) sum.unchanged += 1;
        else if (typeof change === 'string') refuse(order, change);
        else changes.push(change);
      } else if (policy === 'update') refuse(order, 'No device of that id is registered.');
      else {
        const device = order.make();
        if (typeof device === 'string') refuse(order, device);
        else fresh.push({ order, device });
      }
    }
    if (changes.length > 0) await update(client, changes, now);
    sum.updated += changes.length;
    if (fresh.length === 0) return [];
    const made = await this.#insert(
      client,
      fresh.map(({ device }) => device),
    );
    sum.created += made.size;
    const left = fresh.filter(({ order }) => !made.has(order.deviceId)).map(({ order }) => order);
    if (policy === 'upsert') return left;
    for (const order of left) refuse(order, 'A device of that id is registered already.');
    return [];
  }

  /** The row as it is to be; undefined: it is so already; text: why it cannot be. */
  #change(row: HeldRow, patch: DevicePatch): ChangedRow | undefined | string {
    const attributes =
      patch.attributes === undefined ? row.attributes : mergedAttributes(row.attributes, patch.attributes);
    const count = Object.keys(attributes).length;
    if (count > MAX_ATTRIBUTES) return `It would have ${count} attributes; ${MAX_ATTRIBUTES} at most.`;
    const labels = {
      msisdn: patch.msisdn === undefined ? row.msisdn : patch.msisdn,
      imsi: patch.imsi === undefined ? row.imsi : patch.imsi,
      timeZone: patch.timeZone === undefined ? row.timeZone : patch.timeZone,
      tags: patch.tags ?? row.tags,
      attributes,
    };
    const { auth, client, server } = patch;
    const isAccountSame = isSameAccount(this.#box, row, patch) && row.hasAccount;
    const speaksOfAccount = auth !== undefined || client !== undefined || server !== undefined;
    const account = speaksOfAccount && !isAccountSame ? this.#account(row, patch) : undefined;
    if (typeof account === 'string') return account;
    const isSame =
      labels.msisdn === row.msisdn &&
      labels.imsi === row.imsi &&
      labels.timeZone === row.timeZone &&
      sameTexts(labels.tags, row.tags) &&
      sameTexts(entriesOf(attributes), entriesOf(row.attributes));
    if (isSame && account === undefined) return undefined;
    return { id: row.id, ...labels, account };
  }

  #account(row: HeldRow, { auth, client, server }: DevicePatch): ChangedRow['account'] | string {
    if (
      !row.hasAccount &&
      (client?.username === undefined || client.password === undefined || server?.password === undefined)
    ) {
      return 'The device has no DM account yet; it also needs a user name and both passwords.';
    }
    const serverAuth = server?.auth === undefined ? row.serverAuth : server.auth;
    const kind = auth ?? row.auth;
    if (serverAuth !== null && serverAuth !== kind && (serverAuth === 'hmac' || kind === 'hmac')) {
      return `dm.server.auth: "${serverAuth}" cannot go with dm.auth "${kind}": where one side uses MACs, both do.`;
    }
    return {
      auth: kind,
      serverAuth,
      scope: client?.scope === undefined ? row.scope : client.scope,
      username: client?.username ?? row.username,
      secrets: renewedSecrets(this.#box, row, { auth, client, server }) ?? row.secrets,
      mark: server?.password === undefined ? null : this.#box.mark(server.password),
      clientNonce: client?.nonce ?? null,
      serverNonce: server?.nonce ?? null,
    };
  }

  /** @returns the deviceIds of those that were not there */
  async #insert(client: pg.PoolClient, devices: readonly NewDevice[]): Promise<ReadonlySet<string>> {
    const { rows } = await client.query<{ device_id: string }>({
      name: 'import-insert',
      text: `
INSERT INTO device (id, device_id, msisdn, imsi, auth, server_auth, client_scope, client_username, secrets,
    server_password_mark, client_nonce, server_nonce, has_account, tags, attributes, time_zone, created_at, updated_at)
  SELECT n.id, n.device_id, n.msisdn, n.imsi, n.auth, n.server_auth, n.scope, n.username, n.secrets, n.mark, n.client_nonce,
    n.server_nonce, n.has_account, n.tags::text[], n.attributes, n.time_zone, n.at, n.at
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[],
    $10::bytea[], $11::bytea[], $12::bytea[], $13::bool[], $14::text[], $15::jsonb[], $16::text[], $17::timestamptz[])
    AS n(id, device_id, msisdn, imsi, auth, server_auth, scope, username, secrets, mark, client_nonce, server_nonce,
      has_account, tags, attributes, time_zone, at)
ON CONFLICT (device_id) DO NOTHING RETURNING device_id`,
      values: [
        devices.map(({ id }) => id),
        devices.map(({ deviceId }) => deviceId),
        devices.map(({ msisdn }) => msisdn ?? null),
        devices.map(({ imsi }) => imsi ?? null),
        devices.map(({ account }) => account.auth),
        devices.map(({ account }) => account.server.auth ?? null),
        devices.map(({ account }) => account.client.scope ?? null),
        devices.map(({ account }) => account.client.username),
        devices.map(({ account: { client: c, server } }) =>
          Buffer.from(sealSecrets(this.#box, { clientPassword: c.password, serverPassword: server.password })),
        ),
        devices.map(({ account }) => Buffer.from(this.#box.mark(account.server.password))),
        devices.map(({ account }) => octets(account.client.nonce)),
        devices.map(({ account }) => octets(account.server.nonce)),
        devices.map(({ hasAccount }) => hasAccount ?? true),
        devices.map(({ tags }) => arrayText(tags ?? [])),
        devices.map(({ attributes }) => JSON.stringify(attributes ?? {})),
        devices.map(({ timeZone }) => timeZone ?? null),
        devices.map(({ createdAt }) => createdAt),
      ],
    });
    return new Set(rows.map(({ device_id }) => device_id));
  }
}

interface Labels {
  readonly msisdn: string | null;
  readonly imsi: string | null;
  readonly timeZone: string | null;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

interface HeldRow extends HeldCredentials, Labels {
  readonly id: string;
  readonly deviceId: string;
  readonly scope: string | null;
  readonly hasAccount: boolean;
}

interface ChangedRow extends Labels {
  readonly id: string;
  readonly account:
    | {
        readonly auth: string;
        readonly serverAuth: string | null;
        readonly scope: string | null;
        readonly username: string;
        readonly secrets: Uint8Array;
        /** Null: the password of the server stays. */
        readonly mark: Uint8Array | null;
        readonly clientNonce: Uint8Array | null;
        readonly serverNonce: Uint8Array | null;
      }
    | undefined;
}

/** The devices that are there; nobody else changes them meanwhile. In one order, so that nobody waits in a circle. */
async function hold(client: pg.PoolClient, orders: readonly LineOrder[]): Promise<Map<string, HeldRow>> {
  const { rows } = await client.query<HeldRow>({
    name: 'import-hold',
    text: `SELECT id, device_id AS "deviceId", msisdn, imsi, time_zone AS "timeZone", tags, attributes, secrets, auth,
  server_auth AS "serverAuth", client_username AS username, client_scope AS scope, has_account AS "hasAccount"
FROM device WHERE device_id = ANY ($1::text[]) ORDER BY device_id FOR NO KEY UPDATE`,
    values: [orders.map(({ deviceId }) => deviceId)],
  });
  return new Map(rows.map((row) => [row.deviceId, row]));
}

async function update(client: pg.PoolClient, changes: readonly ChangedRow[], now: Date): Promise<void> {
  await client.query({
    name: 'import-labels',
    text: `
UPDATE device d SET msisdn = n.msisdn, imsi = n.imsi, time_zone = n.time_zone, tags = n.tags::text[],
  attributes = n.attributes, updated_at = $7
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
  AS n(id, msisdn, imsi, time_zone, tags, attributes) WHERE d.id = n.id`,
    values: [
      changes.map(({ id }) => id),
      changes.map(({ msisdn }) => msisdn),
      changes.map(({ imsi }) => imsi),
      changes.map(({ timeZone }) => timeZone),
      changes.map(({ tags }) => arrayText(tags)),
      changes.map(({ attributes }) => JSON.stringify(attributes)),
      now,
    ],
  });
  const accounts = changes.flatMap(({ id, account }) => (account === undefined ? [] : [{ id, ...account }]));
  if (accounts.length === 0) return;
  await client.query({
    name: 'import-accounts',
    // As any change of an account: it counts from now on, and nothing that was on its way does.
    text: `
UPDATE device d SET auth = n.auth, server_auth = n.server_auth, client_scope = n.scope, client_username = n.username,
  secrets = n.secrets, server_password_mark = coalesce(n.mark, d.server_password_mark),
  client_nonce = coalesce(n.client_nonce, d.client_nonce),
  previous_client_nonce = CASE WHEN n.client_nonce IS NULL THEN d.previous_client_nonce END,
  server_nonce = coalesce(n.server_nonce, d.server_nonce), refusals = NULL, has_account = true, pending_accounts = NULL,
  bootstrap_state = 'none', bootstrap_at = NULL, session_lock = d.session_lock + 1
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[])
  AS n(id, auth, server_auth, scope, username, secrets, mark, client_nonce, server_nonce) WHERE d.id = n.id`,
    values: [
      accounts.map(({ id }) => id),
      accounts.map(({ auth }) => auth),
      accounts.map(({ serverAuth }) => serverAuth),
      accounts.map(({ scope }) => scope),
      accounts.map(({ username }) => username),
      accounts.map(({ secrets }) => octets(secrets)),
      accounts.map(({ mark }) => octets(mark)),
      accounts.map(({ clientNonce }) => octets(clientNonce)),
      accounts.map(({ serverNonce }) => octets(serverNonce)),
    ],
  });
}

function octets(bytes: Uint8Array | null | undefined): Buffer | null {
  return bytes == null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** As PostgreSQL writes an array of text; arrays of different lengths are no array to it. */
function arrayText(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, place) => text === b[place]);
}

function entriesOf(attributes: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(attributes)
    .map(([key, value]) => `${key} ${value}`)
    .sort();
}
