import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/syncml/message.ts';
import { add, statusesOf } from './scripted-dm-server.ts';
import { CRED, deviceFor, start } from './scripted-session.ts';

describe('large objects from the server', () => {
  const chunk = (data: string, more: boolean, size?: number) => ({
    name: 'Add' as const,
    cmdId: '',
    items: [
      {
        target: { uri: './Vendor/L' },
        ...(size !== undefined && { meta: { size } }),
        data,
        ...(more && { moreData: true }),
      },
    ],
  });

  it('keeps chunks (213, alert 1222, no Final) and applies them when the last has come', async () => {
    const server = await start((_, number) => {
      if (number === 1) return { cred: CRED, commands: [chunk('one ', true, 13)], final: false };
      if (number === 2) return { commands: [chunk('two ', true)], final: false };
      return number === 3 ? { commands: [chunk('three', false)] } : {};
    });
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({ end: 'completed', executed: 1, complaints: [] });
    expect(device.tree.valueOf('./Vendor/L')).toBe('one two three');
    const [, second, third, fourth] = server.heard;
    for (const message of [second, third]) {
      expect(statusesOf(message as Message)).toContain('Add 213');
      expect(message?.commands.at(-1)).toMatchObject({ name: 'Alert', code: 1222 });
      expect(message?.final).toBe(false);
    }
    expect(statusesOf(fourth as Message)).toContain('Add 200');
    expect(fourth?.final).toBe(true);
  });

  it('answers 424 to a wrong size, 411 to none, 413 to too much', async () => {
    const server = await start((_, number) => {
      if (number === 1) return { cred: CRED, commands: [chunk('one ', true, 99)], final: false };
      if (number === 2) return { commands: [chunk('two', false), chunk('x', true)], final: false };
      return number === 3 ? { commands: [chunk('x', true, 5_000)] } : {};
    });
    const device = deviceFor(server, { maxObjSize: 1_000 });
    await device.runSession();
    expect(server.heard.flatMap(statusesOf).filter((status) => status.startsWith('Add'))).toEqual([
      'Add 213',
      'Add 424',
      'Add 411',
      'Add 413',
    ]);
    expect(device.tree.get('./Vendor/L')).toBe(404);
    expect(server.heard[0]?.header.meta).toEqual({ maxMsgSize: 16_384, maxObjSize: 1_000 });
  });

  it('sends alert 1225 for an object whose end does not come', async () => {
    const server = await start((_, number) => {
      if (number === 1) return { cred: CRED, commands: [chunk('one ', true, 99)], final: false };
      return number === 2 ? { commands: [add('./Vendor/Other', 'x')] } : {};
    });
    await deviceFor(server).runSession();
    const [, , third] = server.heard;
    expect(third?.commands).toContainEqual(
      expect.objectContaining({ name: 'Alert', code: 1225, items: [{ source: { uri: './Vendor/L' } }] }),
    );
  });
});
