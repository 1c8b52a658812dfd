import type pg from 'pg';
import { createPool } from '../../src/adapters/pg/create-pool.ts';
import { PgPushOutbox } from '../../src/adapters/pg/pg-push-outbox.ts';
import { AesGcmSecretBox } from '../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SmppLinks } from '../../src/adapters/smpp/smpp-links.ts';
import { parseSmppUrls } from '../../src/adapters/smpp/smpp-url.ts';
import { PushDispatcher } from '../../src/services/push-dispatcher.ts';
import { PushReceipts } from '../../src/services/push-receipts.ts';
import type { Running } from './kannel.ts';

const HISTORY = 50_000;
const clock = { now: () => new Date() };
const box = new AesGcmSecretBox(new Uint8Array(32).fill(7));

/** A history as an outbox has it that has been in use: its statistics are those of a table with rows. */
export async function makeHistory(pool: pg.Pool): Promise<void> {
  await pool.query(
    `INSERT INTO push (id, kind, destination, state, attempts, part_count, link_id, due_at, created_at, updated_at)
    SELECT gen_random_uuid()::text, 'raw', '+4916' || n, 'delivered', 1, 1, 'past', now(), now(), now()
    FROM generate_series(1, ${HISTORY}) n`,
  );
  await pool.query(
    `INSERT INTO push_part (push_id, part, link_id, message_id, receipt) SELECT id, 0, 'past', id, 'delivered' FROM push`,
  );
  await pool.query(
    `INSERT INTO sms_message (link_id, message_id, push_id, part, receipt, at)
    SELECT 'past', id, id, 0, 'delivered', now() FROM push`,
  );
}

/** Puts the pushes into the outbox: rows that are there before anybody is told, as always. */
export async function fillOutbox(pool: pg.Pool, destinations: readonly string[]): Promise<void> {
  // Of a run that was cut short.
  await pool.query(`UPDATE push SET state = 'cancelled' WHERE state IN ('queued', 'sending', 'sent')`);
  await pool.query(
    `INSERT INTO push (id, kind, destination, destination_port, source_port, payload, state, due_at, created_at, updated_at)
    SELECT gen_random_uuid()::text, 'raw', '+' || d, 2948, 9200, $2, 'queued', now(), now(), now() FROM unnest($1::text[]) d`,
    [destinations, box.seal(new Uint8Array(100).fill(120))],
  );
  await pool.query('VACUUM ANALYZE push, push_part, sms_message');
}

/** The server's own sender over one link, as main.ts puts it together. */
export function startOutbox(databaseUrl: string, smscPort: number, window: number): Running {
  const pool = createPool(databaseUrl);
  const outbox = new PgPushOutbox(pool, box, { serverId: 'omadm' });
  const receipts = new PushReceipts(outbox, clock);
  const links = new SmppLinks({
    onReceipt: (_, receipt) => receipts.record(receipt),
    onIncoming: async () => undefined,
  });
  const dispatcher = new PushDispatcher({ outbox, links, clock, random: Math.random, workerId: `bench ${Date.now()}` });
  const abort = new AbortController();
  links.set(parseSmppUrls(`smpp://esme:pw@127.0.0.1:${smscPort}?window=${window}&name=sink-${smscPort}`));
  const running = (async () => {
    while (!abort.signal.aborted) {
      await dispatcher.run(abort.signal);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    stop: async () => {
      abort.abort();
      await running;
      await links.close();
      await pool.end();
    },
  };
}
