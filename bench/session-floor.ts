/**
 * The floor of `bench:session`: the least that a server could do that keeps its sessions in PostgreSQL. Koa reads the
 * body; one prepared select of the device's row; one prepared update that stores 1 KB and is committed.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });
await pool.query(
  'CREATE TABLE IF NOT EXISTS bench_floor (id int PRIMARY KEY, state text NOT NULL) WITH (fillfactor = 50)',
);
await pool.query(
  `INSERT INTO bench_floor SELECT n, repeat('x', 1024) FROM generate_series(0, 9999) n ON CONFLICT DO NOTHING`,
);

const app = new Koa();
app.use(async (ctx) => {
  for await (const _chunk of ctx.req);
  const id = Number(ctx.path.slice(1));
  const read = await pool.query<{ state: string }>({
    name: 'floor-read',
    text: 'SELECT state FROM bench_floor WHERE id = $1',
    values: [id],
  });
  const state = `${read.rows[0]?.state.slice(1) ?? ''}y`;
  await pool.query({
    name: 'floor-write',
    text: 'UPDATE bench_floor SET state = $2 WHERE id = $1',
    values: [id, state],
  });
  ctx.set('Content-Type', 'application/octet-stream');
  ctx.body = Buffer.from(state);
});
const server = createServer(app.callback()).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}`);
