import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliveryReport } from '../../scripts/api-client.ts';
import {
  MAX_MISBEHAVING_MESSAGES,
  MISBEHAVIOURS,
  type Misbehaviour,
} from '../../src/simulators/device/misbehaviours.ts';
import type { SessionEnd } from '../../src/simulators/device/session-outcome.ts';
import type { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { registerDevice, type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';

const NAMES = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'];
const textOf = (name: string): string => `the value of ${name}, in two halves`;
/** More than one message of the server: an Add and a Get for each name. */
const PACKAGE = NAMES.map(
  (name) =>
    `<Add><Item><Target><LocURI>./Vendor/${name}</LocURI></Target><Data>${textOf(name)}</Data></Item></Add>
     <Get><Item><Target><LocURI>./Vendor/${name}</LocURI></Target></Item></Get>`,
).join('');
const COMMANDS = 2 * NAMES.length;
const MAX_MSG_SIZE = 700;

interface Outcome {
  /** How the device sees the end. */
  readonly end: SessionEnd;
  /** Why the server closed the session; `open` until the device comes again. */
  readonly closed: string;
  /** What the session's record says; nothing where the server has not noticed, or need not care. */
  readonly note?: RegExp;
  /** Where the delivery stands, and how many commands are done. */
  readonly delivery: readonly [state: DeliveryReport['state'], done: number];
  readonly failure?: RegExp;
  /** The delivery is done in the next session. */
  readonly afterwards?: 'succeeded' | 'failed';
}

const NOTHING_LOST = { end: 'completed', closed: 'completed', delivery: ['succeeded', COMMANDS] } as const;
const UNANSWERED = {
  end: 'completed',
  closed: 'completed',
  delivery: ['failed', COMMANDS],
  failure: /^Add of \.\/Vendor\/One \(command 1\) was not answered\.$/,
} as const;
const notTaken = (code: number) =>
  ({
    end: 'completed',
    closed: 'completed',
    note: new RegExp(`^the value of ./Vendor/One is not taken: ${code}$`),
    delivery: ['failed', COMMANDS],
    failure: new RegExp(`^The value of ./Vendor/One was not taken: ${code}: `),
  }) as const;
const GOES_ROUND_IN_CIRCLES = {
  end: 'aborted-by-server',
  closed: 'protocol-error',
  note: /^the device has sent 33 messages that brought nothing and did not end its package$/,
} as const;

/** What comes of each, in the order of the table it is from. */
const EXPECTED: Readonly<Record<Misbehaviour, Outcome>> = {
  'wrong-msg-ref': { ...UNANSWERED, note: /^a Status for command 4 of message 41, which was never sent/ },
  'status-twice': { ...NOTHING_LOST, note: /^another Status \(200\) for Add \(command 1\)/ },
  'status-never': { ...UNANSWERED, note: /^\d+ commands were not answered$/ },
  'no-sync-hdr-status': { ...NOTHING_LOST, note: /^a message without a Status for our header$/ },
  'status-for-nothing': { ...NOTHING_LOST, note: /^a Status for command 99 of message 1, which was never sent/ },
  'results-unasked': { ...NOTHING_LOST, note: /^Results for command 99 of message 1, which was never sent/ },
  'chunks-out-of-order': notTaken(411),
  'size-that-lies': notTaken(424),
  'piece-twice': notTaken(424),
  'object-for-ever': {
    ...GOES_ROUND_IN_CIRCLES,
    delivery: ['delivering', 2],
    failure: /^The value of \.\/Vendor\/One was not taken: 413: /,
    afterwards: 'failed',
  },
  'package-1-for-ever': { ...GOES_ROUND_IN_CIRCLES, delivery: ['queued', 0], afterwards: 'succeeded' },
  'next-message-for-ever': { ...GOES_ROUND_IN_CIRCLES, delivery: ['delivering', 6], afterwards: 'succeeded' },
  // The server is done each time; what follows is package 1 of another session, challenged and without work.
  'final-for-ever': { ...NOTHING_LOST, end: 'aborted-by-device' },
  'no-dev-info': { ...NOTHING_LOST, note: /^package 1 came without DevInfo$/ },
  // Nothing of what it says as somebody else counts for either of the two.
  'other-device-id': {
    end: 'client-not-authenticated',
    closed: 'open',
    delivery: ['delivering', 0],
    afterwards: 'succeeded',
  },
  // Another session, which takes over where the first one was.
  'session-id-changes': { ...NOTHING_LOST, closed: 'superseded' },
  'ver-dtd-nonsense': {
    end: 'refused',
    closed: 'protocol-error',
    note: /^VerDTD "9\.9" with VerProto "DM\/9\.9" is not spoken here$/,
    delivery: ['queued', 0],
    afterwards: 'succeeded',
  },
  // It is answered 505, and the session goes on as if it had not come.
  'ver-dtd-nonsense-later': {
    end: 'refused',
    closed: 'open',
    delivery: ['delivering', 0],
    afterwards: 'succeeded',
  },
  'max-msg-size-1': { ...NOTHING_LOST, note: /^a MaxMsgSize of 1 octets holds no message and is passed over$/ },
  'max-msg-size-shrinks': { ...NOTHING_LOST, note: /^a MaxMsgSize of 1 octets holds no message and is passed over$/ },
  'repeat-old-message': NOTHING_LOST,
  // Octets that are no message belong to no session.
  'body-garbage': NOTHING_LOST,
};

interface SessionRow {
  readonly id: string;
  readonly phase: string;
  readonly closeReason?: string;
  readonly notes?: readonly string[];
}

let server: ServerUnderTest;
let packageId: string;

beforeAll(async () => {
  server = await startServerUnderTest();
  const xml = `<SyncML xmlns="SYNCML:SYNCML1.1"><SyncBody>${PACKAGE}</SyncBody></SyncML>`;
  packageId = (await server.api.upload<{ id: string }>('/api/v1/packages?name=six', Buffer.from(xml))).id;
});

afterAll(() => server?.stop());

const order = async (deviceId: string): Promise<string> =>
  (await server.api.post<DeliveryReport>('/api/v1/deliveries', { packageId, deviceId, trigger: false })).id;
const delivery = (id: string): Promise<DeliveryReport> => server.api.get(`/api/v1/deliveries/${id}`);
/** Oldest first. */
const sessionsOf = async (deviceId: string): Promise<SessionRow[]> => {
  const path = `/api/v1/sessions?limit=200&deviceId=${encodeURIComponent(deviceId)}`;
  return (await server.api.get<{ items: SessionRow[] }>(path)).items.reverse();
};

function heldBy(device: VirtualDevice): string[] {
  return NAMES.filter((name) => device.tree.valueOf(`./Vendor/${name}`) === textOf(name));
}

/** What the server says was done has been done, and a delivery that has succeeded has put everything there. */
function expectTrue({ state, results }: DeliveryReport, device: VirtualDevice): void {
  const held = heldBy(device);
  for (const { command, locUri, status } of results) {
    if (command === 'Add' && status === 200) expect(held).toContain(locUri.slice('./Vendor/'.length));
  }
  if (state === 'succeeded') expect(held).toEqual(NAMES);
}

describe.each(MISBEHAVIOURS.map(({ name, what }, index) => ({ name, what, index })))(
  'a device that $what ($name)',
  ({ name, index }) => {
    it('has its session ended, its delivery told as it is, and comes back; nobody else notices', async () => {
      const { end, closed, note, delivery: standing, failure, afterwards }: Outcome = EXPECTED[name];
      const deviceId = `IMEI:3519280400000${String(index).padStart(2, '0')}`;
      const registered = await registerDevice(server, { deviceId, auth: 'md5' });
      // It has the name that other-device-id takes.
      const neighbour = await registerDevice(server, { deviceId: `${deviceId}-other`, auth: 'md5' });
      const [mine, theirs] = [await order(deviceId), await order(neighbour.deviceId)];
      const bad = registered.start({
        misbehave: name,
        maxMsgSize: MAX_MSG_SIZE,
        retries: { limit: 1, delayMs: 1 },
      });
      const good = neighbour.start({ maxMsgSize: MAX_MSG_SIZE });

      const [outcome, undisturbed] = await Promise.all([bad.runSession(), good.runSession()]);

      expect(outcome.end).toBe(end);
      expect(outcome.messages).toBeLessThanOrEqual(MAX_MISBEHAVING_MESSAGES);
      const sessions = await sessionsOf(deviceId);
      const [first] = sessions;
      expect(first?.closeReason ?? 'open').toBe(closed);
      expect(sessions.length).toBeLessThanOrEqual(outcome.messages);
      if (note === undefined) expect(first?.notes ?? []).toEqual([]);
      else expect(first?.notes).toContainEqual(expect.stringMatching(note));
      const report = await delivery(mine);
      expect([report.state, report.progress.done, report.progress.total]).toEqual([...standing, COMMANDS]);
      if (failure === undefined) expect(report.failure).toBeUndefined();
      else expect(report.failure?.message).toMatch(failure);
      expectTrue(report, bad);

      expect(undisturbed).toMatchObject({ end: 'completed', complaints: [] });
      expect((await delivery(theirs)).state).toBe('succeeded');
      expect(heldBy(good)).toEqual(NAMES);

      const again = registered.start({ ...carriedOn(bad), tree: bad.tree });
      expect((await again.runSession()).end).toBe('completed');
      const settled = await delivery(mine);
      expect(settled.state).toBe(afterwards ?? standing[0]);
      expectTrue(settled, again);
      expect((await sessionsOf(deviceId)).filter(({ phase }) => phase !== 'closed')).toEqual([]);
    });
  },
);

/** The nonces the two have come to, wherever they were when it ended. */
function carriedOn({ clientNonce, serverNonce }: VirtualDevice) {
  return { nonces: { client: clientNonce, server: serverNonce } };
}
