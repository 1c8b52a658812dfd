import type pg from 'pg';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { IncomingMessage, IncomingMessageStore } from '../../services/ports/incoming-message-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import { guarded } from './pg-fault.ts';
import { storableText } from './storable-text.ts';

interface Row {
  readonly id: string;
  readonly link_id: string;
  readonly source: string;
  readonly destination: string;
  readonly udh: Buffer;
  readonly body: Buffer;
  readonly data_coding: number;
  readonly esm_class: number;
  readonly received_at: Date;
}

/** Messages from phones in the table `incoming_message`. */
export class PgIncomingMessageStore implements IncomingMessageStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async add(message: IncomingMessage): Promise<void> {
    const { id, linkId, source, destination, udh, body, dataCoding, esmClass, receivedAt } = message;
    await guarded(() =>
      this.#pool.query({
        name: 'incoming-message-add',
        text: `INSERT INTO incoming_message (id, link_id, source, destination, udh, body, data_coding, esm_class, received_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        values: [
          id,
          linkId,
          storableText(source),
          storableText(destination),
          udh,
          body,
          dataCoding,
          esmClass,
          receivedAt,
        ],
      }),
    );
  }

  async list(
    { source, linkId }: { readonly source?: string; readonly linkId?: string },
    { limit, cursor }: PageRequest,
  ): Promise<Page<IncomingMessage>> {
    const before = cursor === undefined ? undefined : (decodeCursor(cursor, ['uuid']) as readonly [string]);
    const { rows } = await guarded(() =>
      this.#pool.query<Row>(
        `SELECT * FROM incoming_message
        WHERE ($2::text IS NULL OR source = $2) AND ($3::text IS NULL OR link_id = $3) AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $1`,
        [limit + 1, source ?? null, linkId ?? null, before?.[0] ?? null],
      ),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], messageOf);
  }

  async removeBefore(before: Date, limit: number): Promise<number> {
    const { rowCount } = await guarded(() =>
      this.#pool.query(
        `DELETE FROM incoming_message WHERE id IN (SELECT id FROM incoming_message WHERE received_at < $1
          ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [before, limit],
      ),
    );
    return rowCount ?? 0;
  }
}

function messageOf(row: Row): IncomingMessage {
  return {
    id: row.id,
    linkId: row.link_id,
    source: row.source,
    destination: row.destination,
    udh: row.udh,
    body: row.body,
    dataCoding: row.data_coding,
    esmClass: row.esm_class,
    receivedAt: row.received_at,
  };
}
