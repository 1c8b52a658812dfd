import { describe, expect, it } from 'vitest';
import type { SessionState } from '../../src/session/session-state.ts';
import type { TreePlan, WalkPlan } from '../../src/session/tree-plan.ts';
import type { Command, Message, RequestCommand } from '../../src/syncml/message.ts';
import { get, replace } from '../session/dialogue.ts';
import { GoodDevice, type Manner, type Say } from './good-device.ts';
import { mutate, mutateTranscript, show } from './mutate-session.ts';
import { pick, type Random, randomSource } from './random-source.ts';
import { Fault, type Order, WatchedSession } from './watched-session.ts';

/** `FUZZ_SEED=n` repeats a run; every failure prints the seed, the number of the session and what the device said. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20260101);
/** `npm run fuzz:sessions` has 200,000; `FUZZ_SESSIONS=n` any other number. About a thousand a second. */
const SESSIONS = Number(process.env['FUZZ_SESSIONS'] ?? 10_000);
/** Far more than any machine takes. */
const TIMEOUT_MS = 60_000 + SESSIONS * 20;
/** A well-behaved device needs fewer to fetch all there is in any of the shapes. */
const MOST_MESSAGES = 150;

interface Shape {
  readonly manner: Manner;
  readonly deliveries: readonly Order[];
}

const usual: Manner = {
  auth: 'basic',
  version: '1.1',
  credentialsFirst: true,
  perMessage: 50,
  value: { length: 3, piece: 100 },
};
const add = (uri: string, data: string): RequestCommand => ({ ...replace(uri, data), name: 'Add' }) as RequestCommand;
const remove: RequestCommand = { name: 'Delete', cmdId: '', items: [{ target: { uri: './A' } }] };
const atomic: RequestCommand = { name: 'Atomic', cmdId: '', commands: [add('./A', '1'), replace('./B', '2'), remove] };
const sequence: RequestCommand = {
  name: 'Sequence',
  cmdId: '',
  commands: [get('./A', './B'), atomic, add('./C', '3')],
};
const confirm: RequestCommand = { name: 'Alert', cmdId: '', code: 1101, items: [{ data: '' }, { data: 'Well?' }] };
const exec: RequestCommand = { name: 'Exec', cmdId: '', correlator: 'c', items: [{ target: { uri: './Do' } }] };
const octets: RequestCommand = {
  name: 'Replace',
  cmdId: '',
  items: [{ target: { uri: './Bin' }, meta: { format: 'bin' }, data: Buffer.alloc(1_200, 7) }],
};

function event(code: 1224 | 1226, correlator?: string): Command {
  const item = {
    source: { uri: './Do' },
    meta: { format: 'int', type: 'urn:example:done', mark: 'minor' },
    data: '200',
  };
  return { name: 'Alert', cmdId: '', code, ...(correlator !== undefined && { correlator }), items: [item] };
}

function walk(lists: WalkPlan['lists']): TreePlan {
  const limits = { depth: 8, nodes: 50, messages: 20 };
  const untouched = { nodes: 1, messages: 0, cut: {}, refused: [], refusals: 0 };
  return { kind: 'discovery', root: './T', limits, properties: ['ACL'], lists, asks: ['./T'], ...untouched };
}

function rights(locUri: string): TreePlan {
  const change = { add: { Replace: ['other'] }, remove: { Get: ['*'] } };
  return { kind: 'acl', locUri, change, stage: { is: 'reading', at: locUri } };
}

const SHAPES: readonly Shape[] = [
  { manner: usual, deliveries: [[get('./A'), replace('./B', '2')], [add('./C', '3'), remove], [get('./A', './B')]] },
  { manner: { ...usual, auth: 'md5', version: '1.2' }, deliveries: [[atomic, confirm, exec], [sequence]] },
  {
    manner: { ...usual, auth: 'md5', perMessage: 2 },
    deliveries: [
      [atomic, get('./A')],
      [sequence, remove],
    ],
  },
  {
    manner: { ...usual, auth: 'md5', credentialsFirst: false, challengesServer: true },
    deliveries: [[get('./A')], [replace('./B', '2'), confirm]],
  },
  { manner: { ...usual, auth: 'hmac', splitsPackage1: true }, deliveries: [[get('./A')], [atomic], [exec]] },
  { manner: { ...usual, auth: 'hmac', credentialsFirst: false, version: '1.2' }, deliveries: [[sequence, get('./A')]] },
  {
    manner: { ...usual, meta: { maxMsgSize: 600, maxObjSize: 2_000 } },
    deliveries: [
      [get('./A'), replace('./Big', 'x'.repeat(1_000)), get('./B')],
      [octets, atomic],
    ],
  },
  {
    manner: { ...usual, auth: 'hmac', meta: { maxMsgSize: 500 } },
    deliveries: [Array.from({ length: 20 }, (_, index) => replace(`./N${index}`, 'y'.repeat(40))), [octets]],
  },
  {
    manner: { ...usual, perMessage: 1, splitsPackage1: true, value: { length: 250, piece: 100 } },
    deliveries: [[get('./Log'), get('./A', './B')]],
  },
  {
    manner: { ...usual, auth: 'md5', perMessage: 3, value: { length: 90, piece: 40 }, meta: { maxMsgSize: 700 } },
    deliveries: [
      [get('./Log'), octets, get('./A')],
      [confirm, get('./Log')],
    ],
  },
  {
    manner: { ...usual, version: '1.2', alerts: [event(1224), event(1226, 'c')] },
    deliveries: [[exec], { commands: [get('./A'), replace('./B', '2'), remove], onFailure: 'stop' }],
  },
  {
    // Statuses for so many alerts leave no room for the first command.
    manner: { ...usual, alerts: Array.from({ length: 24 }, () => event(1224)), meta: { maxMsgSize: 600 } },
    deliveries: [[replace('./B', 'z'.repeat(60))], [octets]],
  },
  {
    manner: { ...usual, auth: 'md5', version: '1.2', perMessage: 4 },
    deliveries: [{ plan: walk(['TNDS', 'StructData']) }, [get('./A')], { plan: rights('./T/a') }],
  },
  {
    manner: { ...usual, auth: 'hmac', meta: { maxMsgSize: 600 } },
    deliveries: [{ plan: rights('./A') }, { plan: walk([]) }, [atomic]],
  },
];

const NONCE = Buffer.from('client-nonce-one');

/** A session as it should go, and what the device said in it. */
function goodSession({ manner, deliveries }: Shape, seen: Set<string>): { says: Say[]; session: WatchedSession } {
  const session = new WatchedSession(manner.auth, deliveries, seen);
  const device = new GoodDevice(manner, NONCE);
  const says: Say[] = [];
  for (let say: Say | undefined = device.open(); say !== undefined; say = device.answer(session.hear(say)))
    says.push(say);
  return { says, session };
}

/** Lets the device go on without any more mischief, and then come once more: after that nothing may be left over. */
function settle(session: WatchedSession, device: GoodDevice, last: Message | undefined, manner: Manner): void {
  const run = (one: GoodDevice, first: Say | undefined): void => {
    let messages = 0;
    for (let say = first; say !== undefined && session.state.phase !== 'closed'; say = one.answer(session.hear(say))) {
      if (++messages > MOST_MESSAGES) throw new Fault(`${messages} messages and no end`);
    }
  };
  if (session.state.phase !== 'closed') run(device, last === undefined ? device.open() : device.answer(last));
  session.state = { phase: 'awaitingPackage1' };
  const again = new GoodDevice({ ...manner, credentialsFirst: false, challengesServer: false }, NONCE, '2');
  run(again, again.open());
  const state = session.state as SessionState;
  if (state.phase !== 'closed' || state.reason !== 'completed')
    throw new Fault(`the next session: ${JSON.stringify(state)}`);
  const left = session.deliveries.filter((one) => ['queued', 'triggered', 'delivering'].includes(one.state));
  if (left.length > 0) throw new Fault(`${left.map(({ id, position }) => `${id} at ${position}`).join()} left over`);
}

/** Between two messages a delivery may be ended or queued, and a session be given up. */
function interfere(random: Random, session: WatchedSession): void {
  switch (random(60)) {
    case 0:
      session.endFromOutside(random(session.deliveries.length));
      break;
    case 1:
      session.queue(pick(random, pick(random, SHAPES).deliveries));
      break;
    case 2:
      session.state = { phase: 'awaitingPackage1' };
      break;
  }
}

function mutatedSession(
  random: Random,
  transcripts: readonly (readonly Say[])[],
  seen: Set<string>,
  heard: Message[],
): void {
  const which = random(SHAPES.length);
  const shape = SHAPES[which] as Shape;
  const session = new WatchedSession(shape.manner.auth, shape.deliveries, seen);
  const device = new GoodDevice(shape.manner, NONCE);
  let last: Message | undefined;
  const tell = (say: Say, often: number): void => {
    interfere(random, session);
    let one = say;
    if (random(often) === 0) for (let left = 1 + random(3); left > 0; left--) one = mutate(random, one);
    heard.push(one.message);
    last = session.hear(one);
  };
  if (random(3) === 0) {
    for (const say of mutateTranscript(random, transcripts[which] ?? [], transcripts)) tell(say, 4);
  } else {
    for (let left = 1 + random(10); left > 0; left--) {
      const say = last === undefined ? device.open() : device.answer(last);
      tell(say ?? device.open(), 2);
    }
  }
  settle(session, device, last, shape.manner);
}

describe(`sessions (FUZZ_SEED=${SEED})`, () => {
  it.each(SHAPES.map((shape, index) => [index, shape] as const))(
    'of shape %i go well when nothing is off',
    (_, shape) => {
      const { session } = goodSession(shape, new Set());
      expect(session.state).toEqual({ phase: 'closed', reason: 'completed' });
      expect(session.deliveries.map(({ state }) => state)).toEqual(shape.deliveries.map(() => 'succeeded'));
    },
  );

  it(`${SESSIONS} with messages changed, lost, doubled and out of order: each keeps to the rules and comes to its end`, {
    timeout: TIMEOUT_MS,
  }, () => {
    const seen = new Set<string>();
    const transcripts = SHAPES.map((shape) => goodSession(shape, seen).says);
    seen.clear();
    for (let number = 0; number < SESSIONS; number++) {
      const heard: Message[] = [];
      try {
        mutatedSession(randomSource(SEED + number), transcripts, seen, heard);
      } catch (error) {
        const said = heard.map(show).join('\n');
        throw new Error(`FUZZ_SEED=${SEED}, session ${number}: ${String(error)}; the device said\n${said}`, {
          cause: error,
        });
      }
    }
    // Mischief that never got anywhere would prove nothing.
    expect([...seen].sort()).toEqual(
      [
        ...['challenging', 'receivingPackage1', 'managing', 'closed', 'incoming', 'piece', 'unfinished'],
        ...['alert', 'discovery', 'acl'],
        ...['completed', 'aborted-by-device', 'client-not-authenticated', 'server-not-authenticated'],
        ...['refused-by-device', 'protocol-error', 'delivering', 'succeeded', 'failed'],
        ...['command-refused', 'command-unanswered', 'command-too-large', 'version-unsuitable'],
      ].sort(),
    );
  });
});
