import { describe, expect, it } from 'vitest';
import type { SessionState } from '../../src/session/session-state.ts';
import type { Message } from '../../src/syncml/message.ts';
import { GoodDevice, type Manner, type Say } from './good-device.ts';
import { mutate, mutateTranscript, show } from './mutate-session.ts';
import { pick, type Random, randomSource } from './random-source.ts';
import { NONCE, SHAPES, type Shape } from './session-shapes.ts';
import { Fault, WatchedSession } from './watched-session.ts';

/** `FUZZ_SEED=n` repeats a run; every failure prints the seed, the number of the session and what the device said. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20260101);
/** `npm run fuzz:sessions` has 200,000; `FUZZ_SESSIONS=n` any other number. About a thousand a second. */
const SESSIONS = Number(process.env['FUZZ_SESSIONS'] ?? 10_000);
/** Far more than any machine takes. */
const TIMEOUT_MS = 60_000 + SESSIONS * 20;
/** A well-behaved device needs fewer to fetch all there is in any of the shapes. */
const MOST_MESSAGES = 150;

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
