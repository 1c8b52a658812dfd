import type { Models, Rows } from './fleet-rows.ts';

export interface Campaigns {
  /** All devices were its targets, and all have come to their end. */
  readonly finished: string;
  /** All devices are its targets; it is halfway through its second wave. */
  readonly running: string;
}

const WAVE = `CASE WHEN n % 100 = 0 THEN 1 WHEN n % 10 = 1 THEN 2 ELSE 3 END`;

/** Of two campaigns over the whole fleet, made as drafts: targets, deliveries, triggers, events and counts. */
export function campaignRows(
  devices: number,
  { packageId }: Models,
  { finished, running }: Campaigns,
): readonly Rows[] {
  const targets = (id: string, began: string, state: string): readonly Rows[] => [
    {
      table: 'campaign_target',
      sql: `INSERT INTO campaign_target (campaign_id, device_id, wave, state, attempt, due_at, delivery_id, push_id, reason, at)
        SELECT '${id}', id, wave, state, CASE state WHEN 'waiting' THEN 0 ELSE 1 END, CASE state WHEN 'waiting' THEN at END,
          CASE WHEN state <> 'waiting' THEN bench_id(at) END, CASE WHEN state <> 'waiting' THEN bench_id(at)::text END,
          CASE state WHEN 'failed' THEN 'command-refused' WHEN 'expired' THEN 'expired' END, at
        FROM (SELECT id, k, wave, ${state} AS state, ${began} + k * interval '20 hours' / ${devices} AS at
          FROM (SELECT id, n AS k, ${WAVE} AS wave FROM bench_device) AS w) AS t`,
    },
    {
      table: 'delivery',
      sql: `INSERT INTO delivery (id, package_id, device_id, state, position, sent, created_at, updated_at, expires_at, ended_at,
          campaign_id)
        SELECT delivery_id, '${packageId}', device_id, state, 3, 3, at, at, at + interval '90 days',
          CASE WHEN state NOT IN ('triggered', 'delivering') THEN at END, campaign_id
        FROM campaign_target WHERE campaign_id = '${id}' AND delivery_id IS NOT NULL`,
    },
    {
      table: 'push',
      sql: `INSERT INTO push (id, kind, destination, device_id, delivery_id, session_id, state, attempts, part_count, due_at,
          expires_at, lane, campaign_id, created_at, updated_at)
        SELECT push_id, 'package0', '+49' || 1500000000 + b.n, device_id, delivery_id, 1, 'delivered', 1, 1, t.at,
          t.at + interval '7 days', '-', campaign_id, t.at, t.at
        FROM campaign_target t JOIN (SELECT n, id FROM bench_device) AS b ON b.id = t.device_id WHERE campaign_id = '${id}' AND push_id IS NOT NULL`,
    },
    {
      // Numbered as if some hundred transactions had written them, all of them long ago.
      table: 'event',
      sql: `INSERT INTO event (tx, kind, campaign_id, wave, device_id, data, at)
        SELECT 10 + row_number() OVER () * 500 / ${devices * 3}, 'target.' || step, campaign_id, wave, device_id,
          json_build_object('from', was, 'to', step, 'attempt', 1), at
        FROM (SELECT t.*, s.* FROM campaign_target t, LATERAL (VALUES ('waiting', 'triggered'), ('triggered', 'delivering'),
            ('delivering', t.state)) AS s(was, step)
          WHERE campaign_id = '${id}' AND state IN ('succeeded', 'failed') ORDER BY t.at, t.device_id) AS e`,
    },
    {
      table: 'campaign_count',
      sql: `INSERT INTO campaign_count SELECT campaign_id, wave, state, count(*) FROM campaign_target
        WHERE campaign_id = '${id}' GROUP BY 1, 2, 3`,
    },
    {
      table: 'campaign_failure',
      sql: `INSERT INTO campaign_failure (campaign_id, reason, command, loc_uri, status)
        SELECT '${id}', 'command-refused', 'Replace', './Vendor/Node' || k, CASE k % 3 WHEN 0 THEN 404 WHEN 1 THEN 405 ELSE 500 END
        FROM generate_series(1, 60) AS k`,
    },
    {
      table: 'campaign_failure_device',
      sql: `INSERT INTO campaign_failure_device SELECT '${id}', f.id, t.device_id
        FROM (SELECT device_id, floor(60 * bench_chance(row_number() OVER (), 'failure') ^ 3)::int AS kind
          FROM campaign_target WHERE campaign_id = '${id}' AND state = 'failed') AS t
        JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS kind FROM campaign_failure WHERE campaign_id = '${id}') AS f
          ON f.kind = t.kind`,
    },
    {
      table: 'campaign_failure',
      sql: `UPDATE campaign_failure f SET n = (SELECT count(*) FROM campaign_failure_device d
        WHERE d.campaign_id = f.campaign_id AND d.failure_id = f.id) WHERE campaign_id = '${id}'`,
    },
  ];
  return [
    ...targets(
      finished,
      "now() - interval '20 days'",
      `CASE WHEN k % 25 = 3 THEN 'failed' WHEN k % 70 = 5 THEN 'expired' ELSE 'succeeded' END`,
    ),
    ...targets(
      running,
      "now() - interval '21 hours'",
      `CASE WHEN wave = 3 AND k % 10 > 5 OR wave = 2 AND k % 7 = 0 THEN 'waiting' WHEN k % 500 = 3 THEN 'triggered'
        WHEN k % 900 = 5 THEN 'delivering' WHEN k % 25 = 3 THEN 'failed' ELSE 'succeeded' END`,
    ),
    {
      table: 'campaign_wave',
      sql: `INSERT INTO campaign_wave (campaign_id, wave, state, opened_at, updated_at)
        SELECT c.id, w, CASE WHEN c.id = '${finished}' OR w = 1 THEN 'completed' ELSE 'open' END,
          now() - interval '20 hours', now() FROM campaign c, generate_series(1, 3) AS w
        WHERE c.id IN ('${finished}', '${running}') ON CONFLICT (campaign_id, wave) DO UPDATE SET state = excluded.state,
          opened_at = excluded.opened_at`,
    },
    {
      // Nobody schedules it: it stands as it is while it is looked at.
      table: 'campaign',
      sql: `UPDATE campaign SET state = CASE WHEN id = '${finished}' THEN 'completed' ELSE 'running' END,
          started_at = now() - interval '20 days', ended_at = CASE WHEN id = '${finished}' THEN now() - interval '19 days' END,
          scanned_at = now() - interval '20 days', next_at = NULL, expected = ${devices}, joined = ${devices}
        WHERE id IN ('${finished}', '${running}')`,
    },
    {
      table: 'campaign',
      sql: `INSERT INTO campaign (id, name, state, kind, definition, package_id, priority, needs_approval, created_by, changed_by,
          created_at, updated_at, started_at, ended_at, scanned_at, joined)
        SELECT bench_id(now() - (400 - k) * interval '1 day'), 'Roll-out ' || k, CASE WHEN k % 40 = 0 THEN 'stopped' ELSE
          'completed' END, kind, definition, package_id, priority, needs_approval, created_by, changed_by,
          now() - (400 - k) * interval '1 day', now(), now() - interval '30 days', now() - interval '29 days',
          now() - interval '30 days', 1000 FROM generate_series(1, 300) AS k, campaign c WHERE c.id = '${finished}'`,
    },
  ];
}
