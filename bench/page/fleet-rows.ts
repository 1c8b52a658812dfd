/** Rows that one statement puts into a table; so many in all are told by the text. */
export interface Rows {
  readonly table: string;
  readonly sql: string;
}

/** What real rows look like: one of each, made through the API, is copied. */
export interface Models {
  readonly packageId: string;
  readonly deviceId: string;
  /** Row ids. */
  readonly deviceRow: string;
  readonly sessionId: string;
  readonly deliveryId: string;
}

/**
 * Numbers that look like chance and are the same each time: `bench_chance(n, 'what')` is one of [0, 1). Ids as the server
 * makes them, for another time than now.
 */
export const FUNCTIONS = `
CREATE OR REPLACE FUNCTION bench_chance(n bigint, salt text) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (hashint8extended(n, hashtext(salt)) & 2147483647) / 2147483648.0 $$;
CREATE OR REPLACE FUNCTION bench_id(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT uuidv7(at - clock_timestamp()) $$`;

/** Two years of registrations. Twelve makers, most phones of a few models; some have not been seen for long. */
export function fleetRows(devices: number, { deviceRow }: Models): readonly Rows[] {
  return [
    {
      table: 'bench_device',
      sql: `INSERT INTO bench_device SELECT n, bench_id(at), 'IMEI:' || 350000000000000 + n * 7 + n % 7, at
        FROM (SELECT n, now() - (${devices} - n) * interval '730 days' / ${devices} - interval '1 hour' AS at
          FROM generate_series(1, ${devices}) AS n) AS d`,
    },
    {
      table: 'device',
      sql: `INSERT INTO device (id, device_id, msisdn, imsi, auth, client_username, secrets, server_password_mark, client_nonce,
          server_nonce, has_account, bootstrap_state, session_lock, info_dev_id, info_man, info_mod, info_dmv, info_lang,
          info_fwv, tags, attributes, time_zone, takes_pieces, created_at, updated_at, last_seen_at)
        SELECT b.id, b.device_id, CASE WHEN bench_chance(n, 'phone') < 0.98 THEN '+49' || 1500000000 + n END,
          CASE WHEN bench_chance(n, 'card') < 0.9 THEN '26201' || 1000000000 + n END,
          CASE WHEN bench_chance(n, 'auth') < 0.0005 THEN 'hmac' WHEN bench_chance(n, 'auth') < 0.05 THEN 'basic' ELSE 'md5' END,
          'device' || n, m.secrets, sha256(n::text::bytea), m.client_nonce, m.server_nonce, bench_chance(n, 'account') > 0.002,
          CASE WHEN bench_chance(n, 'account') > 0.002 THEN 'done' ELSE 'none' END, 4, b.device_id,
          'Maker ' || model / 5, 'M-' || model, CASE WHEN n % 5000 = 11 THEN '1.1.2' ELSE '1.2' END,
          CASE WHEN n % 20000 = 17 THEN 'rm' ELSE (ARRAY['de', 'en', 'fr', 'it'])[n % 4 + 1] END,
          (model % 7 + 1) || '.' || floor(9 * bench_chance(n, 'firmware') ^ 2) || '.0',
          ARRAY(SELECT tag COLLATE "C" FROM unnest(ARRAY['region-' || n % 16, CASE WHEN n % 3 = 0 THEN 'pilot' END,
            CASE WHEN n % 1000 = 0 THEN 'rare' END, CASE WHEN n % 250000 = 3 THEN 'lab-bench' END]) AS tag
            WHERE tag IS NOT NULL ORDER BY tag COLLATE "C"),
          jsonb_build_object('customer', 'C' || floor(5000 * bench_chance(n, 'customer') ^ 2)::int,
            'contract', (ARRAY['prepaid', 'flat', 'business'])[n % 3 + 1])
            || CASE WHEN n % 100000 = 5 THEN '{"note": "XY-loan"}'::jsonb ELSE '{}' END,
          CASE WHEN bench_chance(n, 'zone') < 0.3 THEN 'Europe/Berlin' END, true, b.at, greatest(seen, b.at), seen
        FROM (SELECT *, floor(60 * bench_chance(n, 'model') ^ 2)::int AS model, CASE WHEN bench_chance(n, 'never') > 0.1
            THEN now() - interval '1 hour' - interval '180 days' * bench_chance(n, 'seen') ^ 2 END AS seen FROM bench_device) AS b,
          device m WHERE m.id = '${deviceRow}'`,
    },
    {
      // What is known of the trees of some; the first has many nodes.
      table: 'node_value',
      sql: `INSERT INTO node_value (device_id, loc_uri, value, format, type, at, exchange)
        SELECT b.id, './Vendor/Area' || k % 25 || '/Node' || k, 'value ' || k, 'chr', 'text/plain', b.at, 3
        FROM bench_device b, generate_series(1, CASE WHEN b.n = 1 THEN 3000 ELSE 30 END) AS k
        WHERE b.n <= ${Math.ceil(devices / 50)}`,
    },
  ];
}

/** Packages, people and what they keep: few beside the rest. */
export function officeRows({ packageId }: Models): readonly Rows[] {
  return [
    {
      table: 'package_name',
      sql: `INSERT INTO package_name SELECT 'settings-' || k, 5 FROM generate_series(1, 200) AS k`,
    },
    {
      table: 'package',
      sql: `INSERT INTO package (id, name, revision, kind, version, command_count, variables, size, xml, commands, created_at)
        SELECT bench_id(now() - (201 - k) * interval '1 day' + r * interval '1 hour'), 'settings-' || k, r, kind, version,
          command_count, variables, size, xml, commands, now() - (201 - k) * interval '1 day'
        FROM generate_series(1, 200) AS k, generate_series(1, 5) AS r, package p WHERE p.id = '${packageId}'`,
    },
    {
      table: 'app_user',
      sql: `INSERT INTO app_user SELECT bench_id(now()), 'colleague' || k, (ARRAY['viewer', 'operator', 'admin'])[k % 3 + 1],
          true, 1, password_hash, now(), now(), now() FROM generate_series(1, 60) AS k, app_user WHERE name = 'admin'`,
    },
    {
      table: 'api_key',
      sql: `INSERT INTO api_key SELECT bench_id(now() - k * interval '1 day'), 'program ' || k, 'operator', 'omadm_' || k,
          sha256(k::text::bytea), 'admin', now() - k * interval '1 day' FROM generate_series(1, 200) AS k`,
    },
    {
      table: 'device_filter',
      sql: `INSERT INTO device_filter SELECT bench_id(now()), 'region ' || k, 'tags==region-' || k, 1, now(), now()
        FROM generate_series(0, 15) AS k`,
    },
    {
      table: 'device_import',
      sql: `INSERT INTO device_import (id, format, policy, state, size, position, lines, created, refused, created_by, created_at,
          updated_at, ended_at) SELECT bench_id(now() - k * interval '7 days'), 'csv', 'upsert', 'completed', 1000000, 1000000,
          20001, 10000, 10000, 'admin', now() - k * interval '7 days', now(), now() FROM generate_series(1, 60) AS k`,
    },
    {
      table: 'device_import_refusal',
      sql: `INSERT INTO device_import_refusal SELECT (SELECT max(id::text)::uuid FROM device_import), k, 'IMEI:' || k,
          'The msisdn is no phone number.' FROM generate_series(1, 10000) AS k`,
    },
  ];
}
