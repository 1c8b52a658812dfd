import { describe, expect, it } from 'vitest';
import { scriptedUser, type UserAnswer } from '../../src/simulators/device/user.ts';
import type { Message } from '../../src/syncml/message.ts';
import {
  add,
  alert,
  atomic,
  exec,
  get,
  remove,
  replace,
  type Say,
  sequence,
  statusesOf,
} from './scripted-dm-server.ts';
import { deviceFor, once, start } from './scripted-session.ts';

describe('Atomic and Sequence', () => {
  it('undoes an Atomic that fails: 507, 216 for what was done, 215 for the rest', async () => {
    const server = await start(
      once(
        add('./Vendor/Keep', 'kept'),
        atomic(
          add('./Vendor/A', '1'),
          replace('./Vendor/Keep', 'changed'),
          remove('./Vendor/Nope'),
          add('./Vendor/B', '2'),
        ),
        add('./Vendor/After', 'done'),
      ),
    );
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({ end: 'completed', complaints: [] });
    expect(statusesOf(server.heard[1] as Message)).toEqual([
      'SyncHdr 212',
      'Add 200',
      'Atomic 507',
      'Add 216',
      'Replace 216',
      'Delete 404',
      'Add 215',
      'Add 200',
    ]);
    expect(device.tree.valueOf('./Vendor/Keep')).toBe('kept');
    expect(device.tree.get('./Vendor')).toEqual({ value: 'Keep/After', format: 'node' });
  });

  it('carries out an Atomic that does not fail', async () => {
    const server = await start(once(atomic(add('./Vendor/A', '1'), sequence(replace('./Vendor/A', '2')))));
    const device = deviceFor(server);
    await device.runSession();
    expect(statusesOf(server.heard[1] as Message).slice(1)).toEqual([
      'Atomic 200',
      'Add 200',
      'Sequence 200',
      'Replace 200',
    ]);
    expect(device.tree.valueOf('./Vendor/A')).toBe('2');
  });

  it('answers 500 to an Atomic or a Get inside an Atomic, which then fails', async () => {
    const server = await start(
      once(atomic(add('./Vendor/A', '1'), atomic(add('./Vendor/B', '2'))), atomic(get('./DevInfo/Man'))),
    );
    const device = deviceFor(server);
    await device.runSession();
    expect(statusesOf(server.heard[1] as Message).slice(1)).toEqual([
      'Atomic 507',
      'Add 216',
      'Atomic 500',
      'Add 215',
      'Atomic 507',
      'Get 500',
    ]);
    expect(device.tree.get('./Vendor')).toEqual({ value: '', format: 'node' });
  });

  it('says 516 for an Exec that cannot be undone', async () => {
    const server = await start(once(atomic(exec('./Vendor'), remove('./Vendor/Nope'))));
    const device = deviceFor(server);
    device.tree.registerExecutable('./Vendor', () => 200);
    await device.runSession();
    expect(statusesOf(server.heard[1] as Message).slice(1)).toEqual(['Atomic 507', 'Exec 516', 'Delete 404']);
  });

  it('goes on with a Sequence after a failure', async () => {
    const server = await start(once(sequence(remove('./Vendor/Nope'), add('./Vendor/A', '1'))));
    await deviceFor(server).runSession();
    expect(statusesOf(server.heard[1] as Message).slice(1)).toEqual(['Sequence 200', 'Delete 404', 'Add 200']);
  });

  it('fails a command as it is told to, and the Atomic with it', async () => {
    const server = await start(once(atomic(add('./Vendor/A', '1'), add('./Vendor/B', '2')), add('./Vendor/C', '3')));
    const device = deviceFor(server, { refuse: (_, locUri) => (locUri === './Vendor/B' ? 420 : undefined) });
    await device.runSession();
    expect(statusesOf(server.heard[1] as Message).slice(1)).toEqual(['Atomic 507', 'Add 216', 'Add 420', 'Add 200']);
  });
});

describe('the user', () => {
  const play = async (answers: UserAnswer[], ...commands: NonNullable<Say['commands']>) => {
    const server = await start(once(...commands));
    await deviceFor(server, { user: scriptedUser(answers) }).runSession();
    const [, second] = server.heard;
    return {
      statuses: statusesOf(second as Message).slice(1),
      data: second?.commands.flatMap((command) =>
        command.name === 'Status' ? command.items.map(({ data }) => data) : [],
      ),
    };
  };

  it('answers yes or no to a confirmation, which changes nothing outside Atomic and Sequence', async () => {
    const question = alert(1101, '', 'Really?');
    expect((await play(['yes'], question, add('./Vendor/A', '1'))).statuses).toEqual(['Alert 200', 'Add 200']);
    expect((await play(['no'], question, add('./Vendor/A', '1'))).statuses).toEqual(['Alert 304', 'Add 200']);
  });

  it('stops a Sequence and undoes an Atomic with a no', async () => {
    const question = alert(1101, '', 'Really?');
    expect((await play(['no'], sequence(question, add('./Vendor/A', '1')))).statuses).toEqual([
      'Sequence 200',
      'Alert 304',
      'Add 215',
    ]);
    expect((await play(['no'], atomic(add('./Vendor/A', '1'), question))).statuses).toEqual([
      'Atomic 507',
      'Add 216',
      'Alert 304',
    ]);
  });

  it('stops the whole message by cancelling', async () => {
    const { statuses } = await play(['cancel'], alert(1100, '', 'Hello'), get('./DevInfo'), atomic(get('.')));
    expect(statuses).toEqual(['Alert 214', 'Get 215', 'Atomic 215', 'Get 215']);
  });

  it('types text and chooses by number', async () => {
    expect(await play([{ text: 'CNN' }], alert(1102, 'MAXDT=30', 'Name?'))).toEqual({
      statuses: ['Alert 200'],
      data: ['CNN'],
    });
    expect(await play([{ chosen: [3, 1] }], alert(1104, '', 'Which?', 'a', 'b', 'c'))).toEqual({
      statuses: ['Alert 200'],
      data: ['3', '1'],
    });
  });

  it('takes the default response when nothing is scripted', async () => {
    expect((await play([], alert(1102, 'DR=internet', 'APN?'))).data).toEqual(['internet']);
    expect((await play([], alert(1103, 'DR=2', 'Which?', 'a', 'b'))).data).toEqual(['2']);
  });
});
