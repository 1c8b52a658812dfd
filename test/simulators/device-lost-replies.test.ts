import { describe, expect, it } from 'vitest';
import { add } from './scripted-dm-server.ts';
import { CRED, deviceFor, start } from './scripted-session.ts';

describe('lost replies', () => {
  it('sends the very same octets again and carries out each command once', async () => {
    const server = await start((_, number) => {
      const commands = number < 4 ? [add(`./Vendor/N${number}`, String(number))] : [];
      return { cred: CRED, commands, loseReplies: 2 };
    });
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({ end: 'completed', messages: 4, posts: 12, complaints: [] });
    expect(server.heard.map(({ header }) => header.msgId)).toEqual(['1', '2', '3', '4']);
    for (const at of [0, 3, 6, 9]) {
      expect(server.bodies[at + 1]).toEqual(server.bodies[at]);
      expect(server.bodies[at + 2]).toEqual(server.bodies[at]);
    }
    expect(device.executions.map(({ locUri }) => locUri)).toEqual(['./Vendor/N1', './Vendor/N2', './Vendor/N3']);
  });

  it('does the same after HTTP 503, and gives up after the retries it has', async () => {
    const server = await start((_, number) => (number === 1 ? { raw: { status: 503 } } : {}));
    const retried: string[] = [];
    const device = deviceFor(server, {
      observe: (event) => void (event.kind === 'retry' && retried.push(event.reason)),
    });
    expect(await device.runSession()).toMatchObject({ end: 'unreachable', reason: 'HTTP 503', posts: 4, messages: 1 });
    expect(retried).toEqual(['HTTP 503', 'HTTP 503', 'HTTP 503']);
  });

  it('ends when nobody is there, and holds a session when the server is back', async () => {
    const server = await start(() => ({}));
    const device = deviceFor(server);
    expect(await device.runSession({ serverUrl: 'http://127.0.0.1:1/dm' })).toMatchObject({ end: 'unreachable' });
    expect(await device.runSession()).toMatchObject({ end: 'completed' });
  });

  it('does not carry out a message of the server twice', async () => {
    const server = await start((_, number) => {
      const repeated = { header: { msgId: '1' }, cred: CRED, commands: [add('./Vendor/A', '1')] };
      return number <= 2 ? repeated : {};
    });
    // The scripted server answers the second message with its first one, again and again.
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({ end: 'protocol-error', executed: 1, messages: 2 });
    expect(device.executions).toHaveLength(1);
    expect(server.bodies.slice(2).every((body) => body.equals(server.bodies[1] as Buffer))).toBe(true);
  });
});
