import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine, SchemasContainer } from '@prisma/schema-engine-wasm';
import type { PoolConfig, QueryResult } from 'pg';
import { MIGRATIONS, readMigrations } from '../src/adapters/prisma/migrate.ts';

const SCHEMA = new URL('../prisma/schema.prisma', import.meta.url);
const NO_FILTER = { externalTables: [], externalEnums: [] };

/**
 * Prisma's schema engine as WebAssembly, at work on one database. It writes and compares migrations for us; the server
 * applies them without it.
 */
export async function withSchemaEngine<T>(databaseUrl: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  engineClass ??= loadEngine();
  const SchemaEngineClass = await engineClass;
  const adapter = bindMigrationAwareSqlAdapterFactory(new MigrationAdapter(addressOf(databaseUrl)));
  const engine = await SchemaEngineClass.new({ datamodels: [[...schemaFile()]] }, () => {}, adapter);
  try {
    return await work(engine);
  } finally {
    engine.free();
  }
}

/**
 * The SQL that leads from the migrations to the schema; undefined when they agree. The migrations are applied to a
 * shadow database, made and dropped beside the given one.
 */
export async function diffMigrationsToSchema(engine: SchemaEngine): Promise<string | undefined> {
  const { stdout, exitCode } = await engine.diff({
    from: { tag: 'migrations', ...migrationList() },
    to: { tag: 'schemaDatamodel', ...schemas() },
    script: true,
    exitCode: true,
    filters: NO_FILTER,
  });
  return exitCode === 0 ? undefined : (stdout ?? '');
}

/** How Prisma sees a database's history beside the folder: everything empty when the two agree. */
export function diagnose(engine: SchemaEngine): ReturnType<SchemaEngine['diagnoseMigrationHistory']> {
  return engine.diagnoseMigrationHistory({
    migrationsList: migrationList(),
    optInToShadowDatabase: false,
    filters: NO_FILTER,
  });
}

function schemaFile(): readonly [string, string] {
  return [fileURLToPath(SCHEMA), readFileSync(SCHEMA, 'utf8')];
}

function schemas(): SchemasContainer {
  const [path, content] = schemaFile();
  return { files: [{ path, content }] };
}

function migrationList(): MigrationList {
  return {
    baseDir: fileURLToPath(MIGRATIONS),
    lockfile: {
      path: './migration_lock.toml',
      content: readFileSync(new URL('migration_lock.toml', MIGRATIONS), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: readMigrations().map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  };
}

/** In parts, so that another database can be put in. */
function addressOf(databaseUrl: string): PoolConfig {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return {
    host: hostname,
    port: port === '' ? 5432 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
}

/** Loaded once: the module keeps its memory in variables of its own. */
let engineClass: Promise<typeof SchemaEngine> | undefined;

/** The package's entry imports a `.wasm` file, which Node does not do by itself. */
async function loadEngine(): Promise<typeof SchemaEngine> {
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const glue: Record<string, unknown> = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href);
  // Where the engine leaves its last words when it panics.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message(message: string): never {
        throw new Error(`Prisma's schema engine panicked: ${message}`);
      },
    },
  });
  const exports = await instantiate(readFileSync(join(folder, 'schema_engine_bg.wasm')), {
    './schema_engine_bg.js': glue,
  });
  (glue['__wbg_set_wasm'] as (exports: unknown) => void)(exports);
  (exports['__wbindgen_start'] as () => void)();
  return glue['SchemaEngine'] as typeof SchemaEngine;
}

/** Of the global WebAssembly, whose types come with the DOM's, what is needed here. */
async function instantiate(wasm: Uint8Array, imports: object): Promise<Record<string, unknown>> {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: {
      instantiate(wasm: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
    };
  };
  return (await WebAssembly.instantiate(wasm, imports)).instance.exports;
}

/**
 * The driver adapter as the engine needs it, which differs from what queries need: a script goes to PostgreSQL whole
 * (the adapter would cut it at every semicolon, also inside a function's body), and `"char"`, which the catalogue is
 * full of, is a character.
 */
class MigrationAdapter extends PrismaPg {
  readonly #address: PoolConfig;

  constructor(address: PoolConfig) {
    super(address);
    this.#address = address;
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    return fitForMigrations(await super.connect());
  }

  /** The adapter's own drops the shadow database while it is still connected to it. */
  override async connectToShadowDb(): ReturnType<PrismaPg['connectToShadowDb']> {
    const database = `prisma_shadow_${randomBytes(6).toString('hex')}`;
    const beside = await super.connect();
    await beside.executeScript(`CREATE DATABASE ${database}`);
    const shadow = fitForMigrations(await new PrismaPg({ ...this.#address, database }).connect());
    const disconnect = shadow.dispose.bind(shadow);
    return Object.assign(shadow, {
      dispose: async () => {
        await disconnect();
        await beside.executeScript(`DROP DATABASE ${database}`);
        await beside.dispose();
      },
    });
  }
}

/** The type id of `"char"` in pg_type, and of `text`, as which the adapter can be got to read it. */
const CHAR = 18;
const TEXT = 25;

function fitForMigrations<A extends Awaited<ReturnType<PrismaPg['connect']>>>(adapter: A): A {
  const pool = adapter.underlyingDriver();
  const query = pool.query.bind(pool) as (what: unknown, values?: unknown) => Promise<QueryResult | QueryResult[]>;
  /** By the rows of an answer: which of its columns are `"char"`. */
  const charColumns = new WeakMap<object, readonly number[]>();
  const fitted = async (what: unknown, values?: unknown): Promise<QueryResult | QueryResult[]> => {
    const result = await query(what, values);
    for (const { fields, rows } of [result].flat()) {
      charColumns.set(
        rows,
        fields.flatMap(({ dataTypeID }, column) => (dataTypeID === CHAR ? [column] : [])),
      );
      for (const field of fields) if (field.dataTypeID === CHAR) field.dataTypeID = TEXT;
    }
    return result;
  };
  Object.assign(pool, { query: fitted });
  const queryRaw = adapter.queryRaw.bind(adapter);
  return Object.assign(adapter, {
    queryRaw: async (statement: Parameters<typeof queryRaw>[0]) => {
      const result = await queryRaw(statement);
      for (const column of charColumns.get(result.rows) ?? []) {
        result.columnTypes[column] = ColumnTypeEnum.Character;
      }
      return result;
    },
    executeScript: async (script: string) => {
      await fitted(script);
    },
  });
}
