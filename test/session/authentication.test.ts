import { describe, expect, it } from 'vitest';
import { buildCred } from '../../src/syncml/credentials.ts';
import type { StatusCommand } from '../../src/syncml/message.ts';
import {
  alert,
  allAnswered,
  basicCred,
  get,
  line,
  md5Cred,
  Play,
  package1,
  replace,
  SERVER_NONCE,
  SERVER_PASSWORD,
  status,
} from './dialogue.ts';

const NONCE = Buffer.from('client-nonce-one');
const work = [{ id: 'd1', commands: [get('./DevInfo/Man')] }];

function nonceOf(statusCommand: unknown): Buffer {
  return Buffer.from((statusCommand as StatusCommand).chal?.nextNonce ?? '', 'base64');
}

describe('a device that proves who it is', () => {
  it('by Basic credentials is answered 212 and gets its commands at once', () => {
    const play = new Play({ deliveries: work });
    const reply = play.device(package1, { cred: basicCred });
    expect(line(reply)).toBe('Status SyncHdr 212, Status Alert 200, Status Replace 200, Get ./DevInfo/Man, Final');
    expect(play.state.phase).toBe('managing');
    expect(play.devInfo).toEqual({ devId: 'IMEI:1', man: 'Acme', mod: 'One', dmV: '1.0', lang: 'en' });
  });

  it('by an MD5 digest is answered 212 with the nonce for its next session', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    const reply = play.device(package1, { cred: md5Cred(NONCE) });
    expect(line(reply)).toBe(
      'Status SyncHdr 212 + Chal, Status Alert 200, Status Replace 200, Get ./DevInfo/Man, Final',
    );
    const next = nonceOf(reply.commands[0]);
    expect(next).not.toEqual(NONCE);
    expect(Buffer.from(play.account.client.nonce ?? [])).toEqual(next);
  });

  it('may still use the nonce before as long as it has not shown that it got the new one', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    play.device(package1, { cred: md5Cred(NONCE) });
    const again = new Play({ auth: 'md5', deliveries: work });
    again.account = play.account;
    expect(line(again.device(package1, { cred: md5Cred(NONCE) }))).toMatch(/^Status SyncHdr 212/);
  });

  it('can no longer use the nonce before once it has answered the message that carried the new one', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    const first = play.device(package1, { cred: md5Cred(NONCE) });
    play.device(allAnswered(first));
    const replayed = new Play({ auth: 'md5', deliveries: work });
    replayed.account = play.account;
    expect(line(replayed.device(package1, { cred: md5Cred(NONCE) }))).toMatch(/^Status SyncHdr 401 \+ Chal/);
  });

  it('by MD5 is welcome where Basic would do', () => {
    const play = new Play({ auth: 'basic', clientNonce: NONCE });
    expect(line(play.device(package1, { cred: md5Cred(NONCE) }))).toBe(
      'Status SyncHdr 212 + Chal, Status Alert 200, Status Replace 200, Final',
    );
  });
});

describe('a device that does not prove who it is', () => {
  it('is answered 407 with a challenge, a status for every command and no command, when it sent no credentials', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    const reply = play.device(package1);
    expect(line(reply)).toBe('Status SyncHdr 407 + Chal, Status Alert 407, Status Replace 407, Final');
    expect(nonceOf(reply.commands[0])).not.toEqual(NONCE);
    expect(reply.header.cred).toBeUndefined();
    expect(play.devInfo).toEqual({});
    expect(play.standing('d1')).toBe('untouched');
  });

  it('is answered 401 with a challenge when the digest is wrong, and goes on when it comes back with the right one', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    const refused = play.device(package1, { cred: md5Cred(NONCE, 'wrong') });
    expect(line(refused)).toBe('Status SyncHdr 401 + Chal, Status Alert 401, Status Replace 401, Final');
    expect(play.notes.join()).toMatch(/digest is wrong/);
    const accepted = play.device(package1, { cred: md5Cred(nonceOf(refused.commands[0])) });
    expect(line(accepted)).toMatch(/^Status SyncHdr 212 \+ Chal, .*Get \.\/DevInfo\/Man, Final$/);
    expect(accepted.header.msgId).toBe('2');
  });

  it('is challenged to MD5 when it comes with Basic but its account asks for more', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    const reply = play.device(package1, { cred: basicCred });
    expect((reply.commands[0] as StatusCommand).chal?.type).toBe('syncml:auth-md5');
    expect((reply.commands[0] as StatusCommand).code).toBe(401);
  });

  it('gets a nonce to begin with when its account has none', () => {
    const play = new Play({ auth: 'md5', deliveries: work });
    const reply = play.device(package1);
    const nonce = nonceOf(reply.commands[0]);
    expect(nonce.length).toBe(16);
    expect(line(play.device(package1, { cred: md5Cred(nonce) }))).toMatch(/^Status SyncHdr 212/);
  });

  it('cannot wear out the nonce of the account by failing', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE });
    play.device(package1, { cred: md5Cred(NONCE, 'wrong') });
    play.device(package1, { cred: md5Cred(NONCE, 'wrong') });
    expect(play.account.client.nonce).toEqual(NONCE);
  });

  it('gets a new nonce with every challenge, and may use the one it knew before, too', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    const first = play.device(package1, { cred: md5Cred(NONCE, 'wrong') });
    const second = play.device(package1, { cred: md5Cred(NONCE, 'wrong') });
    expect(nonceOf(second.commands[0])).not.toEqual(nonceOf(first.commands[0]));
    expect(line(play.device(package1, { cred: md5Cred(NONCE) }))).toMatch(/^Status SyncHdr 212/);
  });

  it('is turned away for good the third time', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE });
    for (const _ of [1, 2]) play.device(package1, { cred: md5Cred(NONCE, 'wrong') });
    const last = play.device(package1, { cred: md5Cred(NONCE, 'wrong') });
    expect(line(last)).toBe('Status SyncHdr 401 + Chal, Status Alert 401, Status Replace 401, Final');
    expect(play.state).toEqual({
      phase: 'closed',
      reason: 'client-not-authenticated',
      authFailure: { side: 'device', kind: 'md5', why: 'the digest is wrong: user name, password or nonce differ' },
    });
  });
});

describe('the server proves who it is', () => {
  it('with a digest over the nonce the device gave last, in the message with the first commands', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries: work });
    const reply = play.device(package1, { cred: md5Cred(NONCE) });
    expect(reply.header.cred).toEqual(buildCred('syncml:auth-md5', 'omadm', SERVER_PASSWORD, SERVER_NONCE));
  });

  it('once for the session when the device says 212, keeping the next nonce it brings', () => {
    const play = new Play({
      auth: 'md5',
      clientNonce: NONCE,
      deliveries: [
        { id: 'd1', commands: [get('./A')] },
        { id: 'd2', commands: [get('./B')] },
      ],
    });
    const first = play.device(package1, { cred: md5Cred(NONCE) });
    const chal = {
      type: 'syncml:auth-md5',
      format: 'b64',
      nextNonce: Buffer.from('server-nonce-two').toString('base64'),
    };
    const second = play.device([status(first, '0', 212, { chal }), status(first, '4', 200)]);
    expect(second.header.cred).toBeUndefined();
    expect(play.device(allAnswered(second)).header.cred).toBeUndefined();
    expect(Buffer.from(play.account.server.nonce ?? []).toString()).toBe('server-nonce-two');
  });

  it('in every message when the device says 200', () => {
    const play = new Play({
      deliveries: [
        { id: 'd1', commands: [get('./A')] },
        { id: 'd2', commands: [get('./B')] },
      ],
    });
    const first = play.device(package1, { cred: basicCred });
    const second = play.device([status(first, '0', 200), status(first, '4', 200)]);
    expect(second.header.cred).toBeDefined();
  });

  it('again with the new nonce when the device challenges it, and sends the same commands anew', () => {
    const play = new Play({
      auth: 'md5',
      clientNonce: NONCE,
      deliveries: [{ id: 'd1', commands: [replace('./A', '1'), replace('./B', '2')] }],
    });
    const first = play.device(package1, { cred: md5Cred(NONCE) });
    const chal = {
      type: 'syncml:auth-md5',
      format: 'b64',
      nextNonce: Buffer.from('server-nonce-two').toString('base64'),
    };
    const second = play.device([status(first, '0', 401, { chal }), status(first, '4', 401), status(first, '5', 401)]);
    expect(line(second)).toBe('Status SyncHdr 200, Replace ./A, Replace ./B, Final');
    expect(second.header.cred).toEqual(
      buildCred('syncml:auth-md5', 'omadm', SERVER_PASSWORD, Buffer.from('server-nonce-two')),
    );
    expect(play.results).toEqual([]);
    play.device(allAnswered(second));
    expect(play.standing('d1')).toBe('succeeded 2');
  });

  it('and gives up with alert 1223 when the device refuses it three times; the delivery keeps waiting', () => {
    const play = new Play({ deliveries: work });
    let reply = play.device(package1, { cred: basicCred });
    for (const _ of [1, 2]) reply = play.device([status(reply, '0', 401)]);
    reply = play.device([status(reply, '0', 401)]);
    expect(line(reply)).toBe('Status SyncHdr 200, Alert 1223, Final');
    expect(play.state).toEqual({
      phase: 'closed',
      reason: 'server-not-authenticated',
      authFailure: { side: 'server', kind: 'basic', why: 'the device refused them 3 times' },
    });
    expect(play.standing('d1')).toBe('delivering 0');
  });
});

describe('versions', () => {
  it('answers DM/1.2 in DM/1.2', () => {
    const reply = new Play({ version: '1.2' }).device(package1, { cred: basicCred });
    expect(reply.header).toMatchObject({ verDtd: '1.2', verProto: 'DM/1.2' });
  });

  it('answers 505 to a document type it does not know, and 513 to a protocol it does not know', () => {
    const other = new Play();
    expect(line(other.device([alert(1201)], { header: { verDtd: '9.9' } }))).toBe(
      'Status SyncHdr 505, Status Alert 505, Final',
    );
    expect(other.state).toEqual({ phase: 'closed', reason: 'protocol-error' });
    expect(line(new Play().device([alert(1201)], { header: { verProto: 'SyncML/1.1' } }))).toBe(
      'Status SyncHdr 513, Status Alert 513, Final',
    );
  });
});
