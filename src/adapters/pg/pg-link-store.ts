import pg from 'pg';
import { DEFAULT_LINK_SETTINGS, type LinkSettings } from '../../domain/link.ts';
import { AppError } from '../../services/app-error.ts';
import type { LinkRecord, LinkStore } from '../../services/ports/link-store.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { type Listening, listen } from './listen.ts';
import { guarded, inTransaction } from './pg-fault.ts';

/** Notified by the table's own trigger. */
const LINK_CHANNEL = 'omadm_link';
const COLUMNS = 'id, name, enabled, settings, password, created_at, updated_at, version';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly settings: Partial<LinkSettings> & Pick<LinkSettings, 'host' | 'port' | 'systemId'>;
  readonly password: Buffer;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly version: number;
}

/** Links in the table `sms_link`. */
export class PgLinkStore implements LinkStore {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;

  constructor(pool: pg.Pool, box: SecretBox) {
    this.#pool = pool;
    this.#box = box;
  }

  /** Calls back soon after any process has changed a link, and now and then without need. */
  onChanged(listener: () => void): Listening {
    return listen(this.#pool.options, LINK_CHANNEL, listener);
  }

  async create(link: LinkRecord): Promise<LinkRecord> {
    await guarded(() =>
      this.#pool.query(
        `INSERT INTO sms_link (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        this.#valuesOf(link),
      ),
    ).catch(refuseDuplicate);
    return link;
  }

  async get(id: string): Promise<LinkRecord | undefined> {
    const { rows } = await guarded(() => this.#pool.query<Row>(`SELECT ${COLUMNS} FROM sms_link WHERE id = $1`, [id]));
    return rows[0] === undefined ? undefined : this.#linkOf(rows[0]);
  }

  async all(): Promise<readonly LinkRecord[]> {
    const { rows } = await guarded(() => this.#pool.query<Row>(`SELECT ${COLUMNS} FROM sms_link ORDER BY name`));
    return rows.map((row) => this.#linkOf(row));
  }

  async update(id: string, change: (link: LinkRecord) => LinkRecord): Promise<LinkRecord | undefined> {
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<Row>(`SELECT ${COLUMNS} FROM sms_link WHERE id = $1 FOR UPDATE`, [id]);
      if (rows[0] === undefined) return undefined;
      const known = this.#linkOf(rows[0]);
      const link = { ...change(known), version: known.version + 1 };
      await client.query(
        `UPDATE sms_link SET name = $2, enabled = $3, settings = $4, password = $5, created_at = $6, updated_at = $7,
          version = $8 WHERE id = $1`,
        this.#valuesOf(link),
      );
      return link;
    }).catch(refuseDuplicate);
  }

  async delete(id: string, check: (link: LinkRecord) => void = () => undefined): Promise<boolean> {
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<Row>(`SELECT ${COLUMNS} FROM sms_link WHERE id = $1 FOR UPDATE`, [id]);
      if (rows[0] === undefined) return false;
      check(this.#linkOf(rows[0]));
      await client.query('DELETE FROM sms_link WHERE id = $1', [id]);
      return true;
    });
  }

  #valuesOf({ id, name, enabled, settings, createdAt, updatedAt, version }: LinkRecord): unknown[] {
    const { password, ...open } = settings;
    const sealed = this.#box.seal(Buffer.from(password));
    return [id, name, enabled, JSON.stringify(open), sealed, createdAt, updatedAt, version];
  }

  /** What a newer version of this server added has its usual value in rows of an older one. */
  #linkOf({ id, name, enabled, settings, password, created_at, updated_at, version }: Row): LinkRecord {
    return {
      id,
      name,
      enabled,
      settings: {
        ...DEFAULT_LINK_SETTINGS,
        ...settings,
        password: Buffer.from(this.#box.open(password)).toString('utf8'),
      },
      createdAt: created_at,
      updatedAt: updated_at,
      version,
    };
  }
}

function refuseDuplicate(error: unknown): never {
  if (error instanceof pg.DatabaseError && error.constraint === 'sms_link_name') {
    throw new AppError('link-exists', 'A link of that name is there already.', {}, error);
  }
  throw error;
}
