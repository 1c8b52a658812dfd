/**
 * `npm run bench:page -- [--devices 1000000] [--data-dir DIR] [--repeats 15] [--only REGEXP] [--browser]`: what the web page
 * asks the server for, over a fleet that has a past: three months of deliveries, sessions, alerts and messages, a year of
 * the audit log, a campaign over all devices that has ended, and one that is halfway. For every question the median and
 * the 95th percentile of its repeats, how many times it takes what one row by its key takes, and a mark when the median is over
 * 200 ms. `--browser` opens the pages in Debian's Chromium as well (`npm run build:web` before): long tasks, shifts of what is
 * there already, frames while it is scrolled.
 *
 * The rows are put in by statements, not by the API: what is measured is reading. With `--data-dir` they are kept there, and
 * found again the next time. The last line is JSON.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ApiClient } from '../scripts/api-client.ts';
import { type Answer, askAll, signIn } from './page/ask.ts';
import { type Felt, feel } from './page/browser.ts';
import { type Fleet, fill } from './page/fill.ts';
import { type Asked, type Question, questions } from './page/questions.ts';
import { runBench, type ServerOfBench, withServers } from './servers.ts';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '1000000' },
    'data-dir': { type: 'string' },
    repeats: { type: 'string', default: '15' },
    /** Of "page: question". */
    only: { type: 'string', default: '' },
    browser: { type: 'boolean', default: false },
  },
});
const ADMIN = { name: 'admin', password: 'a long password' };
const LIMIT_MS = 200;

await runBench(() =>
  withServers(async (servers) => {
    // What is old is not removed under way, and the campaign that runs stands still.
    const retained = Object.fromEntries(
      ['SESSIONS', 'DELIVERIES', 'PUSHES', 'ALERTS', 'INCOMING', 'EVENTS', 'AUDIT', 'CAMPAIGNS'].map((what) => [
        `RETAIN_${what}`,
        'never',
      ]),
    );
    const server = await servers.start({ ADMIN_PASSWORD: ADMIN.password, ...retained });
    const fleet = await fill(server, servers.databaseUrl, Number(values.devices));
    const asked = await findAsked(server, fleet);
    const who = await signIn(server.url, ADMIN.name, ADMIN.password);
    const only = new RegExp(values.only);
    const all = Object.entries(questions(asked)).flatMap(([of, list]) =>
      list.filter(({ name }) => only.test(`${of}: ${name}`)).map((question) => ({ ...question, of })),
    );
    const floor: Question = { name: 'one device', path: `devices/${encodeURIComponent(asked.deviceId)}` };
    const answers = await askAll(who, all, floor, Number(values.repeats), tell);
    const felt = values.browser ? await feel(who, asked, tellFelt) : [];
    return {
      bench: 'page',
      devices: fleet.devices,
      load: loadavg().map(Math.round),
      worstMs: Math.max(...answers.map(({ p50 }) => p50)),
      over: answers.filter(({ p50 }) => p50 > LIMIT_MS).map(({ page, name, p50 }) => `${page}: ${name} ${p50} ms`),
      answers,
      felt,
    };
  }, values['data-dir']),
);

function tell({ page, name, p50, p95, overFloor, kilobytes }: Answer): void {
  const mark = p50 > LIMIT_MS ? `  OVER ${LIMIT_MS} ms` : '';
  const numbers = [`${p50} ms`, `p95 ${p95} ms`, `${overFloor} x`, `${kilobytes} KB`];
  console.log(`${`${page}: ${name}`.padEnd(64)} ${numbers.map((one) => one.padStart(14)).join('')}${mark}`);
}

function tellFelt({ step, ms, longTasks, blockedMs, shift, elements, frameP95Ms, scriptMs, layoutMs }: Felt): void {
  const tasks = `${longTasks} long tasks, ${blockedMs} ms blocked, scripts ${scriptMs} ms, layout ${layoutMs} ms`;
  console.log(
    `${step.padEnd(40)} ${ms} ms, ${tasks}, shift ${shift}, ${elements} elements, frames p95 ${frameP95Ms} ms`,
  );
}

/** What stands in the lists, and two drafts of campaigns to review. */
async function findAsked(server: ServerOfBench, fleet: Fleet): Promise<Asked> {
  const api = new ApiClient(server.url, server.token);
  const first = async (path: string): Promise<string> => {
    const { items } = await api.get<{ items: readonly { id: string | number }[] }>(path);
    if (items[0] === undefined) throw new Error(`${path} is empty`);
    return String(items[0].id);
  };
  const draft = async (target: object): Promise<string> => {
    const content = { kind: 'package', packageId: fleet.packageId };
    const { id } = await api.post<{ id: string }>('/api/v1/campaigns', { name: 'a draft', content, target });
    return id;
  };
  return {
    ...fleet,
    sendId: await first('/api/v1/ota?limit=1'),
    importId: await first('/api/v1/imports?limit=1'),
    failureId: await first(`/api/v1/campaigns/${fleet.finished}/failures?limit=1`),
    draftOfAll: await draft({ kind: 'all' }),
    draftOfSome: await draft({ kind: 'filter', filter: 'tags==pilot;lastSeenAt>-30d' }),
  };
}
