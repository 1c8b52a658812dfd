import { expect } from 'vitest';
import type { LoggedMessage, SessionChange, SessionContext } from '../../src/services/ports/session-store.ts';
import type { SessionState } from '../../src/session/session-state.ts';
import { at, newChange, type Stores } from './stores-harness.ts';

export const DEVICE = 'IMEI:490154203237518';
export const octets = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

export const MANAGING: SessionState = {
  phase: 'managing',
  version: '1.2',
  serverMsgId: 2,
  maxMsgSize: 5_000,
  serverAuth: { standing: 'proven', refusals: 0 },
  inFlight: [
    {
      msgId: '2',
      cmdId: '3',
      deliveryId: 'x',
      path: [0, 1],
      name: 'Replace',
      locUris: ['./A\u0000\ud800'],
      status: 200,
    },
  ],
};

export function message(part: Partial<LoggedMessage> = {}): LoggedMessage {
  return {
    direction: 'device',
    msgId: '1',
    encoding: 'wbxml',
    wireSize: 99,
    version: '1.2',
    masked: octets(3, 0, 255),
    at: at(1_000),
    ...part,
  };
}

/** What the contracts of sessions do again and again, with the stores of the test that runs. */
export function sessionSteps(stores: () => Stores) {
  const load = async (dmSessionId = '1', deviceId = DEVICE): Promise<SessionContext> => {
    const context = await stores().sessions.load(deviceId, dmSessionId);
    if (context === undefined) throw new Error('no such device');
    return context;
  };
  type Change = Parameters<typeof newChange>[2];
  /** Loads, commits, gives back what was committed. */
  const commit = async (change: Change = {}, deviceId = DEVICE): Promise<SessionChange> => {
    const whole = newChange(stores(), await load(change?.session?.dmSessionId, deviceId), change);
    expect(await stores().sessions.commit(whole)).toBe(true);
    return whole;
  };
  const goOn = (before: SessionChange, change: Change = {}): Promise<SessionChange> =>
    commit({ ...change, session: { ...before.session, isNew: false, ...change?.session } });
  return { load, commit, goOn };
}
