import { describe, expect, it } from 'vitest';
import type { Account } from '../../src/session/session-input.ts';
import { hmacCredData, md5CredData } from '../../src/syncml/credentials.ts';
import type { Cred, Message } from '../../src/syncml/message.ts';
import { alert, BODY, basicCred, CLIENT, devInfo, md5Cred, Play, SERVER_PASSWORD } from './dialogue.ts';

const NONCE = Buffer.from('agreed-nonce');
const pendingAccount = (name: string, auth: Account['auth'] = 'md5'): Account => ({
  auth,
  client: { username: name, password: `${name}-client`, nonce: Buffer.from(`${name}-client-nonce`) },
  server: { password: `${name}-server`, nonce: Buffer.from(`${name}-server-nonce`) },
});

const credOf = ({ client }: Account, nonce = client.nonce): Cred => ({
  type: 'syncml:auth-md5',
  format: 'b64',
  data: md5CredData(client.username, client.password, nonce ?? new Uint8Array()),
});

function playWith(pending: readonly Account[], auth: Account['auth'] = 'md5'): Play {
  const play = new Play({ auth, clientNonce: NONCE });
  play.account = { ...play.account, pending };
  return play;
}

const PACKAGE_1 = [alert(1201), devInfo()];
const headerCode = ({ commands }: Message) =>
  commands.find((command) => command.name === 'Status' && command.cmdRef === '0');
const cred = (of: Account) => md5CredData('omadm', of.server.password, of.server.nonce ?? new Uint8Array());

describe('a device to which a bootstrap has sent an account', () => {
  it('is accepted with it, is given our credentials of that account, and has no other from then on', () => {
    const [first, second] = [pendingAccount('first'), pendingAccount('second')];
    const play = playWith([first, second]);
    const reply = play.device(PACKAGE_1, { cred: credOf(second) });
    expect(headerCode(reply)).toMatchObject({ code: 212 });
    expect(reply.header.cred?.data).toBe(cred(second));
    expect(play.effects).toContainEqual({ kind: 'adoptAccount', index: 1 });
    expect(play.account).toMatchObject({ client: { username: 'second', password: 'second-client' } });
    expect(play.account.pending).toBeUndefined();
    expect(play.account.client.previousNonce).toEqual(second.client.nonce);
    expect(play.account.client.nonce).not.toEqual(second.client.nonce);

    const stranger = playWith([]);
    stranger.account = play.account;
    expect(headerCode(stranger.device(PACKAGE_1, { cred: md5Cred(NONCE) }))).toMatchObject({ code: 401 });
    expect(headerCode(stranger.device(PACKAGE_1, { cred: credOf(first) }))).toMatchObject({ code: 401 });
  });

  it('keeps what was sent after the one it uses, for that may still be on its way', () => {
    const [first, second] = [pendingAccount('first'), pendingAccount('second')];
    const play = playWith([first, second]);
    play.device(PACKAGE_1, { cred: credOf(first) });
    expect(play.account.pending).toEqual([second]);
  });

  it('goes on as before while it has not reached it', () => {
    const play = playWith([pendingAccount('first')]);
    const reply = play.device(PACKAGE_1, { cred: md5Cred(NONCE) });
    expect(headerCode(reply)).toMatchObject({ code: 212 });
    expect(reply.header.cred?.data).toBe(md5CredData('omadm', SERVER_PASSWORD, Buffer.from('server-nonce-one')));
    expect(play.effects.map(({ kind }) => kind)).not.toContain('adoptAccount');
    expect(play.account.pending).toHaveLength(1);
  });

  it('may answer a challenge with it: the nonce in it is good for every account', () => {
    const next = pendingAccount('next');
    const play = playWith([next]);
    const refused = headerCode(play.device(PACKAGE_1, { cred: credOf(next, Buffer.from('stale')) }));
    expect(refused).toMatchObject({ code: 401, chal: { type: 'syncml:auth-md5' } });
    const chal = refused?.name === 'Status' ? refused.chal : undefined;
    const nonce = Buffer.from(chal?.nextNonce ?? '', 'base64');
    expect(headerCode(play.device(PACKAGE_1, { cred: credOf(next, nonce) }))).toMatchObject({ code: 212 });
    expect(play.account.client.username).toBe('next');
  });

  it('is challenged to the kind it came with when one of its accounts asks for that', () => {
    const play = playWith([pendingAccount('next', 'md5')], 'basic');
    const stale = { cred: credOf(pendingAccount('next'), Buffer.from('stale')) };
    expect(headerCode(play.device(PACKAGE_1, stale))).toMatchObject({ chal: { type: 'syncml:auth-md5' } });
    const other = playWith([pendingAccount('next', 'md5')], 'basic');
    const wrong = { cred: { ...basicCred, data: Buffer.from('a:b').toString('base64') } };
    expect(headerCode(other.device(PACKAGE_1, wrong))).toMatchObject({ chal: { type: 'syncml:auth-basic' } });
  });

  it('may prove itself by a MAC, and gets its reply under one with the password of that account', () => {
    const next = pendingAccount('next', 'hmac');
    const play = playWith([next], 'hmac');
    const { username, password, nonce = new Uint8Array() } = next.client;
    const hmac = { username, mac: hmacCredData(username, password, nonce, BODY) };
    expect(headerCode(play.device(PACKAGE_1, { hmac }))).toMatchObject({ code: 200 });
    const reply = play.effects.find(({ kind }) => kind === 'reply');
    expect(reply).toMatchObject({ mac: { password: 'next-server', nonce: next.server.nonce } });
  });

  it('is refused with credentials of neither, and learns nothing of what waits', () => {
    const play = playWith([pendingAccount('waiting')]);
    const reply = play.device(PACKAGE_1, { cred: md5Cred(NONCE, 'guessed') });
    expect(headerCode(reply)).toMatchObject({ code: 401 });
    expect(JSON.stringify(reply)).not.toContain('waiting');
    expect(play.notes.join()).not.toMatch(/waiting/);
    expect(play.account.pending).toHaveLength(1);
    expect(play.account.client.username).toBe(CLIENT.username);
  });
});
