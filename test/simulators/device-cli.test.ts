import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError, HELP, parseCliOptions } from '../../src/simulators/device/cli-options.ts';
import { loadState, saveState } from '../../src/simulators/device/state-file.ts';
import { buildCred, md5CredData } from '../../src/syncml/credentials.ts';
import { add, exec, type ScriptedServer, startScriptedServer } from './scripted-dm-server.ts';

const faultsOf = (args: string[], env = {}): readonly string[] => {
  try {
    parseCliOptions(args, env);
    return [];
  } catch (error) {
    return error instanceof CliError ? error.faults : [`not a CliError: ${error}`];
  }
};

describe('the command line', () => {
  it('has a default for everything: a session at once, then the end', () => {
    expect(parseCliOptions([], {})).toMatchObject({
      serverUrl: 'http://127.0.0.1:8080/dm',
      dmVersion: '1.1',
      encoding: 'wbxml',
      auth: 'md5',
      server: { id: 'omadm' },
      openNow: true,
      once: true,
      smsc: undefined,
    });
  });

  it('waits for triggers with --smsc, for one with --once', () => {
    const waiting = parseCliOptions(['--smsc', '127.0.0.1:2775', '--msisdn', '+4917'], {});
    expect(waiting).toMatchObject({ openNow: false, once: false });
    expect(waiting.smsc).toEqual({ host: '127.0.0.1', port: 2775, msisdn: '+4917' });
    expect(parseCliOptions(['--smsc', 'smsc:2775', '--once'], {})).toMatchObject({ openNow: false, once: true });
    expect(parseCliOptions(['--smsc', '[::1]:2775', '--session'], {})).toMatchObject({
      openNow: true,
      once: false,
      smsc: { host: '::1' },
    });
  });

  it('takes values from the environment, the command line first', () => {
    const env = { DEVICE_CLIENT_PASSWORD: 'from env', DEVICE_SERVER_ID: 'srv', DEVICE_CLIENT_NONCE: 'AQI=' };
    const { client, server } = parseCliOptions(['--server-id', 'other'], env);
    expect(client).toEqual({ username: 'device', password: 'from env', nonce: Uint8Array.of(1, 2) });
    expect(server.id).toBe('other');
  });

  it('may have no account, and then says how a bootstrap is proven to it and where one comes from', () => {
    const args = ['--unbootstrapped', '--smsc', 'smsc:2775', '--imsi', '262011234567890', '--pin', '1234'];
    expect(parseCliOptions(args, {})).toMatchObject({
      unbootstrapped: true,
      imsi: '262011234567890',
      pin: '1234',
      openNow: false,
    });
    expect(faultsOf(['--unbootstrapped', '--session', '--imsi', '12', '--pin', 'x'])).toEqual([
      '--imsi is 6 to 15 digits',
      '--pin is digits',
      '--unbootstrapped waits for a push: it needs --smsc',
      '--session needs an account, --unbootstrapped has none',
    ]);
    expect(faultsOf(['--unbootstrapped', '--smsc', 'smsc:2775'])).toEqual([
      '--unbootstrapped needs --imsi or --pin, to tell whose push it may take',
    ]);
  });

  it('reads the answers of the user', () => {
    const args = ['--answer', 'no', '--answer', 'text:a b', '--answer', 'choose:1,3'];
    expect(parseCliOptions(args, {}).answers).toEqual(['no', { text: 'a b' }, { chosen: [1, 3] }]);
  });

  it('reads what the device is to tell, and which Execs take their time', () => {
    const args = [
      '--alert',
      'urn:example:battery=7=x',
      '--alert',
      'text/plain=',
      '--slow-exec',
      './A',
      '--slow-exec',
      './B',
    ];
    expect(parseCliOptions(args, {})).toMatchObject({
      alerts: [
        { type: 'urn:example:battery', data: '7=x' },
        { type: 'text/plain', data: '' },
      ],
      slowExecs: ['./A', './B'],
    });
    expect(faultsOf(['--alert', 'nothing'])).toEqual([expect.stringContaining('--alert is TYPE=DATA')]);
  });

  it('names every fault at once, and no password', () => {
    const args = ['--encoding', 'json', '--version', '2', '--server-url', 'ftp://x', '--max-msg-size', '12'];
    const faults = faultsOf([...args, '--smsc', 'nowhere', '--answer', 'maybe', '--server-nonce', '!'], {
      DEVICE_CLIENT_PASSWORD: 'top secret',
    });
    expect(faults).toHaveLength(7);
    expect(faults.join('\n')).toContain('--encoding is wbxml or xml, not "json"');
    expect(faults.join('\n')).not.toContain('top secret');
    expect(faultsOf(['--nonsense'])).toEqual([expect.stringContaining('--nonsense')]);
  });

  it('explains every option', () => {
    for (const option of [
      'server-url',
      'tree',
      'smsc',
      'answer',
      'print-tree',
      'insecure',
      'retries',
      'once',
      'alert',
      'slow-exec',
    ]) {
      expect(HELP).toContain(`--${option}`);
    }
  });
});

describe('the program', () => {
  let folder: string;
  let server: ScriptedServer;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'device-'));
    server = await startScriptedServer(({ commands }) => ({
      headerStatus: { code: 212, chal: { type: 'syncml:auth-md5', nextNonce: 'bjI=' } },
      cred: buildCred('syncml:auth-md5', 'omadm', 'server-password', new Uint8Array()),
      commands: commands.some(({ name }) => name === 'Replace') ? [add('./Vendor/Home', 'http://example.org/')] : [],
    }));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.close();
  });

  const run = (...args: string[]): Promise<{ code: number | null; output: string; errors: string }> =>
    new Promise((resolve) => {
      const main = fileURLToPath(new URL('../../src/simulators/device/main.ts', import.meta.url));
      const child = spawn(process.execPath, ['--import', 'tsx', main, ...args]);
      let output = '';
      let errors = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      child.on('close', (code) => resolve({ code, output, errors }));
    });

  it('holds a session, tells what happened, keeps its tree and nonces, and exits 0', async () => {
    const file = join(folder, 'tree.json');
    const { code, output, errors } = await run('--server-url', server.url, '--tree', file, '--print-tree', '--verbose');
    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(output).toContain('Add ./Vendor/Home: 200 OK');
    expect(output).toContain('./Vendor/Home = "http://example.org/" (chr)');
    expect(output).toContain('completed after 2 messages; 1 commands carried out');
    expect(output).toContain('<LocURI>./DevInfo/DevId</LocURI>');
    expect(output).not.toContain('password');
    expect(output).not.toContain(md5CredData('device', 'device-password', new Uint8Array()));
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    expect(kept.tree.children.Vendor.children.Home).toEqual({
      format: 'chr',
      type: 'text/plain',
      value: 'http://example.org/',
    });
    expect(kept.nonces.client).toBe('bjI=');

    // The next run goes on where this one ended.
    await run('--server-url', server.url, '--tree', file);
    expect(server.heard[2]?.header.cred?.data).toBe(md5CredData('device', 'device-password', Buffer.from('n2')));
  }, 30_000);

  it('tells what it was asked to tell, and the outcome of a slow Exec in a session right after', async () => {
    const slow = await startScriptedServer((_, number) =>
      number === 1 ? { commands: [add('./Vendor/Slow', 'x'), exec('./Vendor/Slow')] } : {},
    );
    try {
      const how = [
        '--version',
        '1.2',
        '--trust-server',
        '--slow-exec',
        './Vendor/Slow',
        '--alert',
        'urn:example:battery=7',
      ];
      const { code, output } = await run('--server-url', slow.url, ...how);
      expect(code).toBe(0);
      expect(output).toContain('our alert 1226 of type urn:example:battery: 200 OK');
      expect(output).toContain('our alert 1226 of type urn:example:exec-outcome: 200 OK');
      expect(slow.heard.map(({ header }) => header.sessionId)).toHaveLength(3);
    } finally {
      await slow.close();
    }
  }, 30_000);

  it('exits 1 when the session was not completed and 2 when the options are off', async () => {
    const [failed, wrong] = await Promise.all([
      run('--server-url', 'http://127.0.0.1:1/dm', '--retries', '0'),
      run('--encoding', 'json'),
    ]);
    expect(failed.code).toBe(1);
    expect(failed.output).toContain('unreachable');
    expect(wrong).toEqual({ code: 2, output: '', errors: '--encoding is wbxml or xml, not "json"\nTry --help.\n' });
  }, 30_000);
});

describe('the tree file', () => {
  it('may be a tree alone; one that is off is named with the place', () => {
    const folder = mkdtempSync(join(tmpdir(), 'device-'));
    try {
      const file = join(folder, 'tree.json');
      expect(loadState(file)).toBeUndefined();
      writeFileSync(file, '{"children": {"Vendor": {"children": {"A": {"value": "1"}}}}}');
      const state = loadState(file);
      expect(state?.clientNonce).toBeUndefined();
      saveState(file, { children: {} }, Uint8Array.of(1), Uint8Array.of(2));
      expect(loadState(file)).toMatchObject({ clientNonce: Uint8Array.of(1), serverNonce: Uint8Array.of(2) });
      writeFileSync(file, '{"tree": {"children": {"A": 1}}}');
      expect(() => loadState(file)).toThrow(`${file}: ./A: a node is an object`);
      writeFileSync(file, '{');
      expect(() => loadState(file)).toThrow(file);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
