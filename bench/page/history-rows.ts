import type { Models, Rows } from './fleet-rows.ts';

/** The device of a row: any, and not the neighbour of the last one. */
const SOME_DEVICE = (n: string, devices: number): string => `1 + (${n}::bigint * 7919 % ${devices})::int`;

/** What has happened over three months. `tenth` of each thousand devices: the sizes go with the fleet. */
export function historyRows(devices: number, models: Models): readonly Rows[] {
  const { packageId, deliveryId } = models;
  const some = (share: number): number => Math.max(100, Math.round(devices * share));
  return [
    {
      table: 'delivery',
      sql: `INSERT INTO delivery (id, package_id, device_id, state, position, sent, failure_code, failure_message, created_at,
          updated_at, expires_at, ended_at)
        SELECT bench_id(g.at), CASE WHEN k % 10 = 0 THEN '${packageId}' ELSE p.id END, b.id, g.state, 3, 3,
          CASE WHEN g.state = 'failed' THEN 'command-refused' END, CASE WHEN g.state = 'failed' THEN 'The device refused.' END,
          g.at, g.at, g.at + interval '100 days', CASE WHEN g.state NOT IN ('queued', 'triggered') THEN g.at END
        FROM (SELECT k, now() - (${some(0.4)} - k) * interval '90 days' / ${some(0.4)} - interval '1 minute' AS at,
            CASE WHEN k > ${some(0.398)} THEN (ARRAY['queued', 'triggered'])[k % 2 + 1] WHEN k % 50 = 7 THEN 'failed'
              WHEN k % 60 = 9 THEN 'expired' WHEN k % 500 = 13 THEN 'cancelled' ELSE 'succeeded' END AS state
          FROM generate_series(1, ${some(0.4)}) AS k) AS g
        JOIN bench_device b ON b.n = ${SOME_DEVICE('k', devices)}
        JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM package) AS p ON p.place = 1 + k % 1000`,
    },
    {
      table: 'result_report',
      sql: `INSERT INTO result_report SELECT d.id, 1, r.results FROM delivery d, result_report r
        WHERE r.delivery_id = '${deliveryId}' AND r.exchange = (SELECT max(exchange) FROM result_report
          WHERE delivery_id = '${deliveryId}') AND d.id <> '${deliveryId}' AND d.state IN ('succeeded', 'failed')`,
    },
    sessions(devices, models, some(0.3), "interval '29 days'", "interval '1 hour'"),
    {
      table: 'dm_exchange',
      sql: `INSERT INTO dm_exchange SELECT s.id, e.exchange, e.heads, e.bodies
        FROM (SELECT id FROM dm_session ORDER BY id DESC LIMIT ${some(0.1)}) AS s, dm_exchange e
        WHERE e.session_id = '${models.sessionId}' AND s.id <> e.session_id`,
    },
    {
      table: 'device_alert',
      sql: `INSERT INTO device_alert (place, device_id, session_id, exchange, code, type, format, mark, data, at)
        SELECT nextval('device_alert_places'), b.id, '${models.sessionId}', 2, 1226,
          'org.openmobilealliance.dm.' || (ARRAY['firmwareupdate.userrequest', 'lawmo.lock', 'diagnostics'])[k % 3 + 1],
          'chr', 'informational', 'said ' || k, now() - (${some(0.3)} - k) * interval '80 days' / ${some(0.3)}
        FROM generate_series(1, ${some(0.3)}) AS k JOIN bench_device b ON b.n = ${SOME_DEVICE('k', devices)}`,
    },
    {
      // Forty people and programs, a few of whom do most; of sixty operations some are rare.
      table: 'audit_entry',
      sql: `INSERT INTO audit_entry SELECT bench_id(at), at, CASE who WHEN 39 THEN 'seldom' ELSE 'principal-' || who END, 'user',
          'colleague' || who, 'operator', CASE WHEN k % 100000 = 77 THEN 'deleteLink' ELSE
            (ARRAY['orderDelivery', 'registerDevice', 'changeDevice', 'tagDevices', 'sendOta', 'uploadPackage'])[what + 1] END,
          json_build_object('deviceId', 'IMEI:' || 350000000000000 + k), NULL, CASE WHEN k % 40 = 0 THEN 403 ELSE 200 END,
          '10.0.0.' || who
        FROM (SELECT k, now() - (${some(0.5)} - k) * interval '360 days' / ${some(0.5)} AS at,
            CASE WHEN k % 50000 = 3 THEN 39 ELSE floor(38 * bench_chance(k, 'who') ^ 2)::int END AS who,
            floor(6 * bench_chance(k, 'what') ^ 2)::int AS what
          FROM generate_series(1, ${some(0.5)}) AS k) AS a`,
    },
    {
      table: 'incoming_message',
      sql: `INSERT INTO incoming_message SELECT bench_id(at), CASE WHEN k % 20000 = 3 THEN 'rare-link' ELSE 'link-' || k % 3 END,
          '49' || 1500000000 + k * 13 % 20000, '4912345', '', convert_to('STOP ' || k, 'UTF8'), 0, 0, at
        FROM (SELECT k, now() - (${some(0.2)} - k) * interval '29 days' / ${some(0.2)} AS at
          FROM generate_series(1, ${some(0.2)}) AS k) AS m`,
    },
    {
      table: 'ota_send',
      sql: `INSERT INTO ota_send SELECT bench_id(now() - k * interval '30 minutes'), 'settings', NULL, 'settings', 'none',
          CASE k WHEN 1 THEN ${some(0.1)} ELSE 20 END, 0, NULL, now() - k * interval '30 minutes', now() + interval '7 days'
        FROM generate_series(1, 3000) AS k`,
    },
    {
      // One send went to many.
      table: 'ota_recipient',
      sql: `WITH send AS (SELECT id, created_at, recipient_count FROM ota_send),
          made AS (SELECT s.id, s.created_at, k, uuidv7(s.created_at - clock_timestamp())::text AS push_id
            FROM send s, generate_series(0, s.recipient_count - 1) AS k),
          pushed AS (INSERT INTO push (id, kind, destination, state, attempts, part_count, due_at, expires_at, lane, created_at,
              updated_at) SELECT push_id, 'raw', '+49' || 1500000000 + k, CASE WHEN k % 30 = 0 THEN 'failed' ELSE 'delivered' END,
              1, 2, created_at, created_at + interval '7 days', '-', created_at, created_at FROM made)
        INSERT INTO ota_recipient SELECT id, k, '+49' || 1500000000 + k, push_id FROM made`,
    },
  ];
}

/** Sessions that were closed, and a few that go on when they are new, each a copy of the one that was held. */
export function sessions(devices: number, { sessionId }: Models, count: number, since: string, until: string): Rows {
  return {
    table: 'dm_session',
    sql: `INSERT INTO dm_session (id, device_id, dm_session_id, opening, phase, state, last_msg_id, last_reply, opened_at,
        last_message_at, closed_at, close_reason, notes)
      SELECT bench_id(g.at), b.id, (k % 60000 + 1)::text, k, CASE WHEN is_open THEN 'managing' ELSE s.phase END, s.state,
        s.last_msg_id, s.last_reply, g.at, g.at + interval '4 seconds',
        CASE WHEN NOT is_open THEN g.at + interval '5 seconds' END, CASE WHEN NOT is_open THEN s.close_reason END, s.notes
      FROM (SELECT k, now() - ${until} - (${count} - k) * (${since} - ${until}) / ${count} AS at,
          k > ${count} - 300 AND ${until} < interval '1 minute' AS is_open FROM generate_series(1, ${count}) AS k) AS g
      JOIN bench_device b ON b.n = ${SOME_DEVICE('k', devices)} JOIN dm_session s ON s.id = '${sessionId}'`,
  };
}
