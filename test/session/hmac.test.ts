import { describe, expect, it } from 'vitest';
import type { Message, StatusCommand } from '../../src/syncml/message.ts';
import { allAnswered, basicCred, get, line, mac, md5Cred, Play, package1, SERVER_NONCE, status } from './dialogue.ts';

const NONCE = Buffer.from('client-nonce-one');
const work = [
  { id: 'd1', commands: [get('./A')] },
  { id: 'd2', commands: [get('./B')] },
];
const setting = { auth: 'hmac', clientNonce: NONCE, deliveries: work } as const;

function nextNonce(reply: Message): Buffer {
  return Buffer.from((reply.commands[0] as StatusCommand).chal?.nextNonce ?? '', 'base64');
}

/** The nonce our own MAC of the reply is to be made with. */
function replyNonce(play: Play): string | undefined {
  const reply = play.effects.find((effect) => effect.kind === 'reply');
  return reply?.mac === undefined ? undefined : Buffer.from(reply.mac.nonce).toString();
}

describe('a device with an HMAC account', () => {
  it('proves every message anew: 200 with the nonce for the next one, and no Cred of ours but a MAC', () => {
    const play = new Play(setting);
    const first = play.device(package1, { hmac: mac(NONCE) });
    expect(line(first)).toBe('Status SyncHdr 200 + Chal, Status Alert 200, Status Replace 200, Get ./A, Final');
    expect((first.commands[0] as StatusCommand).chal?.type).toBe('syncml:auth-MAC');
    expect(first.header.cred).toBeUndefined();
    expect(replyNonce(play)).toBe(SERVER_NONCE.toString());

    const chal = {
      type: 'syncml:auth-MAC',
      format: 'b64',
      nextNonce: Buffer.from('server-nonce-two').toString('base64'),
    };
    const answers = [status(first, '0', 200, { chal }), status(first, '4', 200)];
    const second = play.device(answers, { hmac: mac(nextNonce(first)) });
    expect(line(second)).toBe('Status SyncHdr 200 + Chal, Get ./B, Final');
    expect(replyNonce(play)).toBe('server-nonce-two');

    const end = play.device(allAnswered(second), { hmac: mac(nextNonce(second)) });
    expect(line(end)).toBe('Status SyncHdr 200 + Chal, Final');
    expect([play.standing('d1'), play.standing('d2')]).toEqual(['succeeded 1', 'succeeded 1']);
  });

  it('is challenged to a MAC when it comes with Basic or MD5, and gets no MAC of ours then', () => {
    for (const cred of [basicCred, md5Cred(NONCE)]) {
      const play = new Play(setting);
      const reply = play.device(package1, { cred });
      expect(line(reply)).toBe('Status SyncHdr 401 + Chal, Status Alert 401, Status Replace 401, Final');
      expect((reply.commands[0] as StatusCommand).chal?.type).toBe('syncml:auth-MAC');
      expect(replyNonce(play)).toBeUndefined();
    }
  });

  it('is answered 401 when the MAC is wrong, and goes on with the nonce of the challenge', () => {
    const play = new Play(setting);
    const refused = play.device(package1, { hmac: mac(NONCE, 'wrong') });
    expect(line(refused)).toMatch(/^Status SyncHdr 401 \+ Chal/);
    expect(play.notes.join()).toMatch(/the MAC is wrong/);
    expect(line(play.device(package1, { hmac: mac(nextNonce(refused)) }))).toMatch(
      /^Status SyncHdr 200 \+ Chal.*Get \.\/A/,
    );
  });

  it('is challenged in mid-session when a message has no MAC or one with another user; nothing in it counts', () => {
    for (const hmac of [undefined, { ...mac(NONCE), username: 'somebody' }]) {
      const play = new Play(setting);
      const first = play.device(package1, { hmac: mac(NONCE) });
      const reply = play.device(allAnswered(first), hmac === undefined ? {} : { hmac });
      expect(line(reply)).toMatch(/^Status SyncHdr 40[17] \+ Chal, Final$/);
      expect(play.state.phase).toBe('challenging');
      expect(play.standing('d1')).toBe('delivering 0');
    }
  });

  it('is challenged when it goes on with MD5 where it began with a MAC', () => {
    const play = new Play({ ...setting, auth: 'md5' });
    const first = play.device(package1, { hmac: mac(NONCE) });
    const reply = play.device(allAnswered(first), { cred: md5Cred(nextNonce(first)) });
    expect(line(reply)).toBe('Status SyncHdr 401 + Chal, Final');
  });

  it('may repeat with the nonce before when the reply with the new one was lost', () => {
    const play = new Play(setting);
    play.device(package1, { hmac: mac(NONCE) });
    const again = new Play(setting);
    again.account = play.account;
    expect(line(again.device(package1, { hmac: mac(NONCE) }))).toMatch(/^Status SyncHdr 200/);
  });
});

describe('a device with a weaker account', () => {
  it('may prove itself by a MAC all the same', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    expect(line(play.device(package1, { hmac: mac(NONCE) }))).toMatch(/^Status SyncHdr 200 \+ Chal/);
  });
});
