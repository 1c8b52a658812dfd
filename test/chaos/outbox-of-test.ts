import { createPool } from '../../src/adapters/pg/create-pool.ts';
import { PgPushOutbox } from '../../src/adapters/pg/pg-push-outbox.ts';
import { AesGcmSecretBox } from '../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SystemEntropy } from '../../src/adapters/secrets/system-entropy.ts';

/** Octets of payload that make so many short messages. */
const payloadOf = (parts: number): Uint8Array => new Uint8Array(parts === 1 ? 100 : parts * 128 - 20).fill(parts);

/** What is in the outbox of servers that run as {@link ServerProcess}: the same key, the same tables. */
export function outboxOf(databaseUrl: string) {
  const pool = createPool(databaseUrl, { max: 8 });
  const outbox = new PgPushOutbox(pool, new AesGcmSecretBox(new Uint8Array(32).fill(7)), { serverId: 'omadm' });
  const entropy = new SystemEntropy();
  return {
    pool,
    outbox,
    /** Puts pushes in, one for each number; `partsOf` says how many short messages each makes. */
    async fill(destinations: readonly string[], partsOf: (index: number) => number): Promise<void> {
      let next = 0;
      const clerk = async (): Promise<void> => {
        for (let index = next++; index < destinations.length; index = next++) {
          await outbox.enqueue({
            pushId: entropy.id(),
            destination: `+${destinations[index]}`,
            content: { kind: 'raw', destinationPort: 2948, sourcePort: 9200, payload: payloadOf(partsOf(index)) },
            dueAt: new Date(),
          });
        }
      };
      await Promise.all(Array.from({ length: 8 }, clerk));
    },
    async states(): Promise<Readonly<Record<string, number>>> {
      const { rows } = await pool.query<{ state: string; n: string }>(
        'SELECT state, count(*) AS n FROM push GROUP BY state',
      );
      return Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)]));
    },
  };
}

export interface PushRow {
  readonly destination: string;
  readonly state: string;
  readonly link_id: string;
  readonly part_count: number;
  readonly uncertain_parts: number;
  readonly lost_claims: number;
  readonly attempts: number;
  readonly ids: [part: number, messageId: string, linkId: string][] | null;
}

export const PUSH_ROWS = `
SELECT ltrim(destination, '+') AS destination, state, link_id, part_count, uncertain_parts, lost_claims, attempts,
  (SELECT json_agg(json_build_array(a.part, a.message_id, a.link_id) ORDER BY a.part) FROM push_part a
    WHERE a.push_id = p.id) AS ids
FROM push p`;
