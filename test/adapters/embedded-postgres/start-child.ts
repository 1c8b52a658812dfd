import { startEmbeddedPostgres } from '../../../src/adapters/embedded-postgres/start-embedded-postgres.ts';

/** A process with an embedded PostgreSQL, to be killed: prints the address and stays. An empty folder means temporary. */
const [dataDir = ''] = process.argv.slice(2);
const postgres = await startEmbeddedPostgres(dataDir === '' ? { durability: 'off' } : { dataDir, durability: 'off' });
console.log(postgres.url);
setInterval(() => {}, 1_000);
