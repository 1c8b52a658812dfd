import { defineConfig } from 'prisma/config';

const databaseUrl = process.env['DATABASE_URL'];

/** For the Prisma CLI only; the server reads `src/config.ts`. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(databaseUrl === undefined ? {} : { datasource: { url: databaseUrl } }),
});
