import { describe, expect, it } from 'vitest';
import { buildCred } from '../../src/syncml/credentials.ts';
import type { Chal, Message, StatusCommand } from '../../src/syncml/message.ts';
import {
  allAnswered,
  basicCred,
  CLIENT,
  get,
  line,
  mac,
  md5Cred,
  Play,
  package1,
  SERVER_NONCE,
  SERVER_PASSWORD,
  status,
} from './dialogue.ts';

const NONCE = Buffer.from('client-nonce-one');
const work = [
  { id: 'd1', commands: [get('./A')] },
  { id: 'd2', commands: [get('./B')] },
  { id: 'd3', commands: [get('./C')] },
];

function challenge(type: string, nonce?: string): Chal {
  return {
    type,
    format: 'b64',
    ...(nonce !== undefined && { nextNonce: Buffer.from(nonce).toString('base64') }),
  };
}

function chalOf(reply: Message): Chal | undefined {
  return (reply.commands[0] as StatusCommand).chal;
}

function nextNonce(reply: Message): Buffer {
  return Buffer.from(chalOf(reply)?.nextNonce ?? '', 'base64');
}

/** The nonce our MAC over the reply is made with. */
function macNonce(play: Play): string | undefined {
  const reply = play.effects.find((effect) => effect.kind === 'reply');
  return reply?.mac === undefined ? undefined : Buffer.from(reply.mac.nonce).toString();
}

const ourBasic = buildCred('syncml:auth-basic', 'omadm', SERVER_PASSWORD, new Uint8Array(0));
const ourMd5 = (nonce: string | Buffer) =>
  buildCred('syncml:auth-md5', 'omadm', SERVER_PASSWORD, typeof nonce === 'string' ? Buffer.from(nonce) : nonce);

describe('an account with a kind of credentials for each side', () => {
  it('has the device prove itself by Basic and the server by MD5', () => {
    const play = new Play({ auth: 'basic', serverAuth: 'md5', deliveries: work });
    const reply = play.device(package1, { cred: basicCred });
    expect(line(reply)).toMatch(/^Status SyncHdr 212, .*Get \.\/A, Final$/);
    expect(reply.header.cred).toEqual(ourMd5(SERVER_NONCE));
  });

  it('has the device prove itself by MD5 and the server by Basic', () => {
    const play = new Play({ auth: 'md5', serverAuth: 'basic', clientNonce: NONCE, deliveries: work });
    expect(line(play.device(package1, { cred: basicCred }))).toMatch(/^Status SyncHdr 401 \+ Chal/);
    const other = new Play({ auth: 'md5', serverAuth: 'basic', clientNonce: NONCE, deliveries: work });
    expect(other.device(package1, { cred: md5Cred(NONCE) }).header.cred).toEqual(ourBasic);
  });

  it('that has MACs for the server has them for the device, too', () => {
    const play = new Play({ auth: 'md5', serverAuth: 'hmac', clientNonce: NONCE, deliveries: work });
    expect(chalOf(play.device(package1, { cred: md5Cred(NONCE) }))?.type).toBe('syncml:auth-MAC');
    const other = new Play({ auth: 'hmac', serverAuth: 'md5', clientNonce: NONCE, deliveries: work });
    const reply = other.device(package1, { hmac: mac(NONCE) });
    expect(reply.header.cred).toBeUndefined();
    expect(macNonce(other)).toBe(SERVER_NONCE.toString());
  });

  it('shows the user name of our digest in LocName of Source, and none beside Basic', () => {
    const byMd5 = new Play({ auth: 'md5', clientNonce: NONCE }).device(package1, { cred: md5Cred(NONCE) });
    expect(byMd5.header.source).toEqual({ uri: 'http://dm.example/dm', name: 'omadm' });
    const byBasic = new Play().device(package1, { cred: basicCred });
    expect(byBasic.header.source).toEqual({ uri: 'http://dm.example/dm' });
  });

  it('has it said in the reason when the name in LocName is not the one of the account', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE });
    play.device(package1, {
      cred: md5Cred(NONCE, 'other'),
      header: { source: { uri: 'IMEI:1', name: 'somebody' } },
    });
    expect(play.notes.join()).toBe(`the user name beside the digest, "somebody", is not the account's`);
    expect(
      line(play.device(package1, { cred: md5Cred(NONCE), header: { source: { uri: 'IMEI:1', name: 'a nickname' } } })),
    ).toMatch(/^Status SyncHdr 212/);
  });
});

describe('the least the server takes', () => {
  it('is asked of a device whose account would do with less', () => {
    const play = new Play({ auth: 'basic', minAuth: 'md5', clientNonce: NONCE, deliveries: work });
    const refused = play.device(package1, { cred: basicCred });
    expect(line(refused)).toMatch(/^Status SyncHdr 401 \+ Chal/);
    expect(chalOf(refused)?.type).toBe('syncml:auth-md5');
    expect(play.notes.join()).toBe('basic is weaker than md5, which is asked for');
    const accepted = play.device(package1, { cred: md5Cred(nextNonce(refused)) });
    expect(line(accepted)).toMatch(/^Status SyncHdr 212 \+ Chal.*Get \.\/A/);
    expect(accepted.header.cred).toEqual(ourMd5(SERVER_NONCE));
  });

  it('is asked of a device without credentials, too', () => {
    const play = new Play({ auth: 'md5', minAuth: 'hmac', clientNonce: NONCE, deliveries: work });
    expect(chalOf(play.device(package1))?.type).toBe('syncml:auth-MAC');
  });
});

describe('a device that asks the server for other credentials', () => {
  const asks = (type: string, setting: ConstructorParameters<typeof Play>[0] = {}, code = 401) => {
    const play = new Play({ auth: 'basic', clientNonce: NONCE, deliveries: work, ...setting });
    const cred = setting.auth === 'md5' ? md5Cred(NONCE) : basicCred;
    const first = play.device(package1, { cred });
    const reply = play.device([status(first, '0', code, { chal: challenge(type, 'two') }), status(first, '4', code)]);
    return { play, reply };
  };

  it('by MD5 gets MD5 where its account would do with Basic, for the rest of the session', () => {
    const { play, reply } = asks('syncml:auth-md5');
    expect(line(reply)).toBe('Status SyncHdr 200, Get ./A, Final');
    expect(reply.header.cred).toEqual(ourMd5('two'));
    const next = play.device([status(reply, '0', 200), status(reply, '2', 200)]);
    expect(next.header.cred).toEqual(ourMd5('two'));
  });

  it('by 407 is heard like one that asks by 401', () => {
    expect(asks('syncml:auth-md5', {}, 407).reply.header.cred).toEqual(ourMd5('two'));
  });

  it('by MAC gets one over this and every message after it, and proves its own from then on', () => {
    const { play, reply } = asks('syncml:auth-MAC', { auth: 'md5' });
    expect(line(reply)).toBe('Status SyncHdr 200, Get ./A, Final');
    expect([reply.header.cred, macNonce(play)]).toEqual([undefined, 'two']);
    const nonce = play.account.client.nonce ?? new Uint8Array(0);
    const next = play.device(allAnswered(reply, 200), { hmac: mac(nonce) });
    expect(line(next)).toBe('Status SyncHdr 200 + Chal, Get ./B, Final');
    expect(macNonce(play)).toBe('two');
  });

  it('by something weaker than its account has for us gets nothing: the session ends, and the log says why', () => {
    for (const setting of [{ auth: 'md5' }, { auth: 'basic', serverAuth: 'md5' }] as const) {
      const play = new Play({ clientNonce: NONCE, deliveries: work, ...setting });
      const first = play.device(package1, { cred: setting.auth === 'md5' ? md5Cred(NONCE) : basicCred });
      const reply = play.device([status(first, '0', 401, { chal: challenge('syncml:auth-basic') })]);
      expect(line(reply)).toBe('Status SyncHdr 200, Alert 1223, Final');
      expect(reply.header.cred).toBeUndefined();
      expect(play.state).toEqual({
        phase: 'closed',
        reason: 'server-not-authenticated',
        authFailure: {
          side: 'server',
          kind: 'md5',
          why: 'the device asks for basic, and nothing weaker than md5 is given to it',
        },
      });
      expect(play.notes.join()).toContain('the device asks for basic');
      expect(play.standing('d1')).toBe('delivering 0');
    }
  });

  it('by something unknown ends its session', () => {
    const { play } = asks('syncml:auth-x509');
    expect(play.state).toMatchObject({
      phase: 'closed',
      authFailure: { side: 'server', why: 'the device asks for a kind of credentials that is not spoken here' },
    });
  });

  it('without naming a kind gets the same kind again', () => {
    // A Chal without Type reads as Basic; its nonce says that it means none.
    const { reply } = asks('syncml:auth-basic', { auth: 'md5' });
    expect(reply.header.cred).toEqual(ourMd5('two'));
  });

  it('beside a consent is not followed to something weaker', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    const first = play.device(package1, { cred: md5Cred(NONCE) });
    const second = play.device([
      status(first, '0', 200, { chal: challenge('syncml:auth-basic') }),
      status(first, '4', 200),
    ]);
    expect(line(second)).toBe('Status SyncHdr 200, Get ./B, Final');
    expect(second.header.cred).toEqual(ourMd5(SERVER_NONCE));
  });
});

describe('a device that answers a challenge', () => {
  const asked = { auth: 'md5', clientNonce: NONCE, deliveries: work } as const;
  const OTHER = /^Status SyncHdr 40[17] \+ Chal, Status Alert 40[17], Status Replace 40[17], Final$/;

  it.each([
    ['Basic', { cred: basicCred }, 'basic', 'basic is weaker than md5, which is asked for'],
    ['a MAC that is wrong', { hmac: mac(NONCE, 'wrong') }, 'hmac', 'the MAC is wrong'],
    ['nothing', {}, 'md5', 'no credentials came, md5 is asked for'],
  ])('to MD5 by %s loses its session', (_, options, kind, why) => {
    const play = new Play(asked);
    play.device(package1);
    expect(line(play.device(package1, options))).toMatch(OTHER);
    expect(play.state).toMatchObject({
      phase: 'closed',
      reason: 'client-not-authenticated',
      authFailure: { side: 'device', kind, why: expect.stringContaining(why) },
    });
    expect(play.standing('d1')).toBe('untouched');
  });

  it('to a MAC by an MD5 digest loses its session', () => {
    const play = new Play({ ...asked, auth: 'hmac' });
    play.device(package1);
    play.device(package1, { cred: md5Cred(NONCE) });
    expect(play.state).toMatchObject({ phase: 'closed', reason: 'client-not-authenticated' });
  });

  it('to MD5 by a MAC that is right loses its session, and is welcome with it in the next', () => {
    const play = new Play(asked);
    const reply = play.device(package1);
    const refused = play.device(package1, { hmac: mac(nextNonce(reply)) });
    expect(line(refused)).toMatch(OTHER);
    expect(play.state).toMatchObject({ phase: 'closed', authFailure: { why: 'md5 was asked for and hmac came' } });
    expect(line(play.device(package1, { hmac: mac(NONCE) }))).toMatch(/^Status SyncHdr 200 \+ Chal.*Get \.\/A/);
  });

  it('gets a nonce with the last refusal that is good in its next session', () => {
    const play = new Play(asked);
    play.device(package1);
    const last = play.device(package1, { cred: basicCred });
    expect(play.state.phase).toBe('closed');
    expect(line(play.device(package1, { cred: md5Cred(nextNonce(last)) }))).toMatch(/^Status SyncHdr 212/);
  });

  it('and has a challenge of its own beside it is answered with the nonce in that', () => {
    const play = new Play(asked);
    const first = play.device(package1);
    const own = status(first, '0', 401, { chal: challenge('syncml:auth-md5', 'fresh') });
    const reply = play.device([own, ...package1], { cred: md5Cred(nextNonce(first)) });
    expect(line(reply)).toMatch(/^Status SyncHdr 212.*Get \.\/A/);
    expect(reply.header.cred).toEqual(ourMd5('fresh'));
    expect(Buffer.from(play.account.server.nonce ?? []).toString()).toBe('fresh');
  });

  it('and has had one of its own before it was proven is answered with the nonce in that, which is not kept', () => {
    const play = new Play(asked);
    const first = play.device(package1);
    const own = status(first, '0', 407, { chal: challenge('syncml:auth-md5', 'fresh') });
    const second = play.device([own, ...package1], { cred: md5Cred(NONCE, 'wrong') });
    const third = play.device(package1, { cred: md5Cred(nextNonce(second)) });
    expect(third.header.cred).toEqual(ourMd5('fresh'));
    expect(play.account.server.nonce).toEqual(SERVER_NONCE);
  });
});

describe('a session in which every message has its MAC', () => {
  const setting = { auth: 'hmac', clientNonce: NONCE, deliveries: work } as const;

  it('has one over our challenge in mid-session, too, made with the latest nonce received', () => {
    const play = new Play(setting);
    const first = play.device(package1, { hmac: mac(NONCE) });
    const chal = challenge('syncml:auth-MAC', 'two');
    const reply = play.device([status(first, '0', 200, { chal }), status(first, '4', 200)]);
    expect(line(reply)).toBe('Status SyncHdr 401 + Chal, Final');
    expect(macNonce(play)).toBe('two');
    expect(play.account.server.nonce).toEqual(SERVER_NONCE);
    expect(line(play.device(package1, { hmac: mac(nextNonce(reply)) }))).toMatch(/^Status SyncHdr 200.*Get \.\/A/);
    expect(macNonce(play)).toBe('two');
  });

  it('has one over the last message, and over a refusal of the version', () => {
    const play = new Play({ ...setting, deliveries: [] });
    play.device(package1, { hmac: mac(NONCE) });
    expect(play.state.phase).toBe('closed');
    expect(macNonce(play)).toBe(SERVER_NONCE.toString());
    const other = new Play(setting);
    other.device(package1, { hmac: mac(NONCE) });
    other.device([], { header: { verDtd: '9.9' } });
    expect(macNonce(other)).toBe(SERVER_NONCE.toString());
  });

  it('has one of ours for a device that uses MACs although its account would do with less', () => {
    for (const auth of ['basic', 'md5'] as const) {
      const play = new Play({ ...setting, auth });
      const first = play.device(package1, { hmac: mac(NONCE) });
      expect([first.header.cred, macNonce(play)]).toEqual([undefined, SERVER_NONCE.toString()]);
      const second = play.device(allAnswered(first), { hmac: mac(nextNonce(first)) });
      expect(line(second)).toBe('Status SyncHdr 200 + Chal, Get ./B, Final');
      expect(macNonce(play)).toBe(SERVER_NONCE.toString());
    }
  });

  it('ends when a message comes with a Cred instead', () => {
    for (const cred of [basicCred, md5Cred(NONCE)]) {
      const play = new Play(setting);
      const first = play.device(package1, { hmac: mac(NONCE) });
      expect(line(play.device(allAnswered(first), { cred }))).toBe('Status SyncHdr 401 + Chal, Final');
      expect(play.state).toMatchObject({ phase: 'closed', reason: 'client-not-authenticated' });
    }
  });
});

describe('a device that is to prove every message', () => {
  it('by MD5 is answered 200 with the nonce for the next one, and says no more without it', () => {
    const play = new Play({ auth: 'md5', scope: 'message', clientNonce: NONCE, deliveries: work });
    const first = play.device(package1, { cred: md5Cred(NONCE) });
    expect(line(first)).toBe('Status SyncHdr 200 + Chal, Status Alert 200, Status Replace 200, Get ./A, Final');
    const second = play.device(allAnswered(first), { cred: md5Cred(nextNonce(first)) });
    expect(line(second)).toBe('Status SyncHdr 200 + Chal, Get ./B, Final');
    expect(nextNonce(second)).not.toEqual(nextNonce(first));
    const refused = play.device(allAnswered(second));
    expect(line(refused)).toBe('Status SyncHdr 407 + Chal, Final');
    expect([play.state.phase, play.standing('d2')]).toEqual(['challenging', 'delivering 0']);
    const again = play.device(package1, { cred: md5Cred(nextNonce(refused)) });
    expect(line(again)).toMatch(/^Status SyncHdr 200 \+ Chal.*Get \.\/B/);
  });

  it('by Basic is answered 200 without a challenge', () => {
    const play = new Play({ scope: 'message', deliveries: work });
    const first = play.device(package1, { cred: basicCred });
    expect(line(first)).toBe('Status SyncHdr 200, Status Alert 200, Status Replace 200, Get ./A, Final');
    expect(line(play.device(allAnswered(first), { cred: basicCred }))).toBe('Status SyncHdr 200, Get ./B, Final');
    expect(line(play.device(allAnswered(first)))).toBe('Status SyncHdr 407 + Chal, Final');
  });

  it('may repeat with the nonce before when the reply with the new one was lost', () => {
    const play = new Play({ auth: 'md5', scope: 'message', clientNonce: NONCE, deliveries: work });
    const first = play.device(package1, { cred: md5Cred(NONCE) });
    play.device(allAnswered(first), { cred: md5Cred(nextNonce(first)) });
    const again = new Play({ auth: 'md5', scope: 'message', deliveries: work });
    again.account = play.account;
    expect(line(again.device(package1, { cred: md5Cred(nextNonce(first)) }))).toMatch(/^Status SyncHdr 200/);
  });
});

describe('credentials changed while a session goes on', () => {
  it('count from the next session on, on both sides', () => {
    const play = new Play({ auth: 'hmac', clientNonce: NONCE, deliveries: work });
    const first = play.device(package1, { hmac: mac(NONCE) });
    const { client, server } = play.account;
    play.account = {
      auth: 'md5',
      client: { ...client, username: 'new', password: 'new-client' },
      server: { ...server, password: 'new-server' },
      generation: 1,
      former: {
        generation: 0,
        auth: 'hmac',
        username: CLIENT.username,
        clientPassword: CLIENT.password,
        serverPassword: SERVER_PASSWORD,
      },
    };
    const second = play.device(allAnswered(first), { hmac: mac(nextNonce(first)) });
    expect(line(second)).toBe('Status SyncHdr 200 + Chal, Get ./B, Final');
    const reply = play.effects.find((effect) => effect.kind === 'reply');
    expect(reply?.mac?.password).toBe(SERVER_PASSWORD);

    const next = new Play({ auth: 'md5', deliveries: work });
    next.account = play.account;
    expect(line(next.device(package1, { hmac: mac(nextNonce(second)) }))).toMatch(/^Status SyncHdr 401/);
    const other = new Play({ auth: 'md5', deliveries: work });
    other.account = play.account;
    const cred = buildCred('syncml:auth-md5', 'new', 'new-client', nextNonce(second));
    const opened = other.device(package1, { cred });
    expect(line(opened)).toMatch(/^Status SyncHdr 212/);
    expect(opened.header.cred).toEqual(buildCred('syncml:auth-md5', 'omadm', 'new-server', SERVER_NONCE));
    expect(other.state).toMatchObject({ generation: 1 });
  });
});
