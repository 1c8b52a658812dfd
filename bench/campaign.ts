/**
 * `npm run bench:campaign -- --devices 10000,100000,1000000`: a campaign over the whole fleet, at each of these sizes (10,000
 * and 100,000 unless told). The devices come through the REST API, as a file; then are measured, in this order: pages of them
 * by filters and orders that go together; a campaign from its start to the first trigger and until all targets are there, with
 * few triggers allowed to wait, so that it is all the server does; a plain `INSERT … SELECT` of the same rows into a table of
 * the same shape and indexes; and, by a server that lets any number wait (CAMPAIGN_BACKLOG), how many triggers a second are in
 * the outbox, while progress is asked for through the REST API. No link takes them: what is measured ends at the outbox.
 *
 * The server is a process of its own over a PostgreSQL of its own that keeps its durability, anew for each size. What devices
 * say of themselves (model, firmware, language, when they were seen) is put in by a trigger while they are imported. The last
 * line is JSON. `growth` compares the two largest sizes: times over devices, so that 1 is linear.
 */
import { parseArgs } from 'node:util';
import { growthOf, measureCampaign } from './campaign/program.ts';
import { atSizes, runBench } from './servers.ts';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '10000,100000' },
    /** Of each campaign, at most. */
    triggers: { type: 'string', default: '30000' },
  },
});
const TRIGGERS = Number(values.triggers);

await runBench(async () => {
  const sizes = await atSizes(values.devices.split(',').map(Number), (servers, size) =>
    measureCampaign(servers, size, TRIGGERS),
  );
  return { bench: 'campaign', ...growthOf(sizes), sizes };
});
