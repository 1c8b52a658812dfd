import pg from 'pg';
import { median, percentile } from '../median.ts';
import type { ServerOfBench, ServersOfBench } from '../servers.ts';
import { importFleet, watchMemory } from './fleet.ts';

interface Times {
  readonly p50: number;
  readonly p95: number;
}

export interface CampaignReport {
  readonly devices: number;
  readonly importSeconds: number;
  readonly importRowsPerSecond: number;
  /** What the import cost the database. */
  readonly importWal: { readonly mebibytes: number; readonly fullPages: number; readonly checkpoints: number };
  readonly pageMs: Readonly<Record<string, Times>>;
  /** Pages that no index answers; not held to any limit. */
  readonly scanMs: Readonly<Record<string, Times>>;
  /** From the request to start until the first push is in the outbox. */
  readonly firstTriggerMs: number;
  /** From the request to start until all targets are there. */
  readonly materialiseSeconds: number;
  readonly plainInsertSeconds: number;
  readonly materialiseOverPlain: number;
  readonly triggers: number;
  readonly triggersPerSecond: number;
  /** While triggers are made. */
  readonly progressMs: Times;
  /** Of the server's process, the most that was seen. */
  readonly peakMebibytes: { readonly import: number; readonly campaign: number; readonly dispatch: number };
}

/** Filters and orders that go together, of many devices and of few; each has to be a page within 100 ms. */
const PAGES: Readonly<Record<string, string>> = {
  newest: '',
  tag: 'filter=tags==pilot',
  rareTag: 'filter=tags==rare',
  tagAndAttribute: 'filter=tags==pilot;attributes.customer==C77',
  model: 'filter=mod==Model-7',
  modelAndTag: 'filter=mod==Model-7;tags==pilot',
  modelAndTagByDeviceId: 'filter=mod==Model-7;tags==pilot&sort=deviceId',
  modelAndTagByLastSeen: 'filter=mod==Model-7;tags==pilot&sort=lastSeenAt:desc',
  modelAndRareTagByLastSeen: 'filter=mod==Model-7;tags==rare&sort=lastSeenAt:desc',
  modelAndFirmwareByCreated: 'filter=mod==Model-7;fwv==2.1&sort=createdAt',
  notSeenOfModel: 'filter=mod==Model-7;lastSeenAt=lt=-20d&sort=lastSeenAt',
  rareLanguage: 'filter=lang==rm',
  rareTagPattern: 'filter=tags==site-4*;tags==rare',
};
/** What no index answers: with few matches, or none, every device is read. */
const SCANS: Readonly<Record<string, string>> = {
  noneOfAttributePattern: 'filter=attributes.customer==X*',
};
const ROUNDS = 15;
/** Triggers that may wait. */
const FEW = '1000';
const ANY_NUMBER = '10000000';
const LOOK_MS = 100;
const QUICK_LOOK_MS = 10;
const PATIENCE_MS = 1_800_000;
const MEBIBYTE = 1_048_576;

/** Of every fifty-odd models, firmwares and languages; one in ten thousand speaks a rare one. */
const SAY = `
CREATE FUNCTION bench_say() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := right(NEW.device_id, 9)::int;
BEGIN
  NEW.info_man := 'Maker-' || n % 5; NEW.info_mod := 'Model-' || n % 53; NEW.info_fwv := (n % 4) || '.' || n % 7;
  NEW.info_dmv := '1.2'; NEW.info_lang := CASE WHEN n % 10000 = 17 THEN 'rm' ELSE (ARRAY['de', 'en', 'fr'])[n % 3 + 1] END;
  IF n % 10 > 0 THEN NEW.last_seen_at := NEW.created_at - n % 43200 * interval '1 minute'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER bench_say BEFORE INSERT ON device FOR EACH ROW EXECUTE FUNCTION bench_say()`;

const XML = `<SyncBody><Replace><Item><Target><LocURI>./Vendor/Browser/Home</LocURI></Target>
<Data>http://home.example/</Data></Item></Replace></SyncBody>`;

interface Progress {
  readonly state: string;
  readonly targets: number;
  readonly isComplete: boolean;
  readonly counts: { readonly triggered: number };
}

/** Fills an empty database with so many devices and runs a campaign over all of them. */
export async function measureCampaign(
  servers: ServersOfBench,
  devices: number,
  mostTriggers: number,
): Promise<CampaignReport> {
  let server = await servers.start({ CAMPAIGN_BACKLOG: FEW });
  const database = new pg.Client({ connectionString: servers.databaseUrl });
  await database.connect();
  try {
    await database.query(SAY);
    const importing = watchMemory(server);
    const walBefore = await readWal(database);
    const { seconds } = await importFleet(server, devices);
    const walAfter = await readWal(database);
    const importPeak = await importing();
    const pageMs = await timesOfAll(server, PAGES);
    const scanMs = await timesOfAll(server, SCANS);

    const atCampaign = watchMemory(server);
    const id = await draft(server);
    const began = performance.now();
    await call(server, `/api/v1/campaigns/${id}/start`, { confirmCount: devices });
    const [firstTriggerMs, materialiseMs] = await Promise.all([
      until(began, QUICK_LOOK_MS, () => hasPush(database, id)),
      until(began, LOOK_MS, async () => (await progressOf(server, id)).isComplete),
    ]);
    const campaignPeak = await atCampaign();
    const { targets } = await progressOf(server, id);
    if (targets !== devices) throw new Error(`the campaign has ${targets} targets`);
    const plainMs = await insertPlainly(database, id);

    server = await servers.start({ CAMPAIGN_BACKLOG: ANY_NUMBER });
    const atDispatch = watchMemory(server);
    const dispatch = await watchDispatch(server, id, Math.min(devices, mostTriggers));
    const dispatchPeak = await atDispatch();
    return {
      devices,
      importSeconds: rounded(seconds),
      importRowsPerSecond: Math.round(devices / seconds),
      importWal: {
        mebibytes: Math.round((walAfter.octets - walBefore.octets) / MEBIBYTE),
        fullPages: walAfter.fullPages - walBefore.fullPages,
        checkpoints: walAfter.checkpoints - walBefore.checkpoints,
      },
      pageMs,
      scanMs,
      firstTriggerMs: rounded(firstTriggerMs),
      materialiseSeconds: rounded(materialiseMs / 1_000),
      plainInsertSeconds: rounded(plainMs / 1_000),
      materialiseOverPlain: rounded(materialiseMs / plainMs),
      ...dispatch,
      peakMebibytes: { import: importPeak, campaign: campaignPeak, dispatch: dispatchPeak },
    };
  } finally {
    await database.end();
  }
}

/** What the limits are about: growth over the two largest sizes, and the worst times of the largest. */
export function growthOf(reports: readonly CampaignReport[]): Readonly<Record<string, number>> {
  const [last, before] = [...reports].sort((a, b) => b.devices - a.devices);
  if (last === undefined) return {};
  const worst = {
    worstPageP50Ms: Math.max(...Object.values(last.pageMs).map(({ p50 }) => p50)),
    progressP95Ms: last.progressMs.p95,
    materialiseOverPlain: last.materialiseOverPlain,
    triggersPerSecond: last.triggersPerSecond,
  };
  if (before === undefined) return worst;
  const times = last.devices / before.devices;
  const most = ({ peakMebibytes }: CampaignReport): number => Math.max(...Object.values(peakMebibytes));
  return {
    ...worst,
    importGrowth: ratio(last.importSeconds / before.importSeconds / times),
    materialiseGrowth: ratio(last.materialiseSeconds / before.materialiseSeconds / times),
    plainInsertGrowth: ratio(last.plainInsertSeconds / before.plainInsertSeconds / times),
    dispatchSlowdown: ratio(before.triggersPerSecond / last.triggersPerSecond),
    memoryGrowth: ratio(most(last) / most(before)),
  };
}

async function draft(server: ServerOfBench): Promise<string> {
  const { id: packageId } = await call<{ id: string }>(server, '/api/v1/packages?name=home', XML);
  const { id } = await call<{ id: string }>(server, '/api/v1/campaigns', {
    name: 'everything',
    content: { kind: 'package', packageId },
    target: { kind: 'all' },
    waves: [{ percent: 50 }, { percent: 50 }],
  });
  return id;
}

/** The same rows into a table of the same shape and indexes. */
async function insertPlainly(database: pg.Client, id: string): Promise<number> {
  await database.query('CREATE TABLE bench_plain (LIKE campaign_target INCLUDING ALL)');
  const began = performance.now();
  await database.query(
    `INSERT INTO bench_plain (campaign_id, device_id, wave, state, due_at, at)
      SELECT $1, id, 1, 'waiting', now(), now() FROM device`,
    [id],
  );
  const ms = performance.now() - began;
  await database.query('DROP TABLE bench_plain');
  return ms;
}

/** From the first look until so many more are triggered, or the wave is through. */
async function watchDispatch(
  server: ServerOfBench,
  id: string,
  most: number,
): Promise<Pick<CampaignReport, 'triggers' | 'triggersPerSecond' | 'progressMs'>> {
  const times: number[] = [];
  const first = (await progressOf(server, id)).counts.triggered;
  const began = performance.now();
  let [triggered, at] = [first, began];
  const wanted = Math.min(first + most, Math.floor((await progressOf(server, id)).targets / 2));
  while (triggered < wanted) {
    if (at - began > PATIENCE_MS) throw new Error(`${triggered} of ${wanted} were triggered`);
    await pause(LOOK_MS);
    const asked = performance.now();
    triggered = (await progressOf(server, id)).counts.triggered;
    at = performance.now();
    times.push(at - asked);
  }
  const triggers = triggered - first;
  return {
    triggers,
    triggersPerSecond: Math.round(triggers / ((at - began) / 1_000)),
    progressMs: percentiles(times),
  };
}

async function hasPush(database: pg.Client, id: string): Promise<boolean> {
  const { rowCount } = await database.query('SELECT 1 FROM push WHERE campaign_id = $1 LIMIT 1', [id]);
  return rowCount === 1;
}

async function readWal(
  database: pg.Client,
): Promise<{ readonly octets: number; readonly fullPages: number; readonly checkpoints: number }> {
  const { rows } = await database.query<{ octets: string; full_pages: string; checkpoints: string }>(
    `SELECT wal_bytes AS octets, wal_fpi AS full_pages,
      (SELECT num_timed + num_requested FROM pg_stat_checkpointer) AS checkpoints FROM pg_stat_wal`,
  );
  const [row] = rows;
  return {
    octets: Number(row?.octets),
    fullPages: Number(row?.full_pages),
    checkpoints: Number(row?.checkpoints),
  };
}

const progressOf = (server: ServerOfBench, id: string): Promise<Progress> =>
  call<Progress>(server, `/api/v1/campaigns/${id}/progress`);

/** GET, or POST when there is something to say. */
async function call<T>({ url, token }: ServerOfBench, path: string, body?: object | string): Promise<T> {
  const isXml = typeof body === 'string';
  const response = await fetch(url + path, {
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': isXml ? 'application/xml' : 'application/json' },
    ...(body !== undefined && { method: 'POST', body: isXml ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}

async function timesOfAll(
  server: ServerOfBench,
  queries: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, Times>>> {
  const times: Record<string, Times> = {};
  for (const [name, query] of Object.entries(queries)) times[name] = await timesOf(server, `/api/v1/devices?${query}`);
  return times;
}

async function timesOf(server: ServerOfBench, path: string): Promise<Times> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await call(server, path);
    times.push(performance.now() - began);
  }
  return percentiles(times);
}

async function until(began: number, everyMs: number, isSo: () => Promise<boolean>): Promise<number> {
  while (!(await isSo())) {
    if (performance.now() - began > PATIENCE_MS) throw new Error('the campaign does not get on');
    await pause(everyMs);
  }
  return performance.now() - began;
}

function percentiles(times: readonly number[]): Times {
  return { p50: rounded(median(times)), p95: rounded(percentile(times, 95)) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function ratio(value: number): number {
  return Math.round(value * 100) / 100;
}
