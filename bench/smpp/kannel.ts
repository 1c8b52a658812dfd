import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** 100 octets, as the pushes of the other side. */
const TEXT = 'x'.repeat(100);

export interface Running {
  stop(): Promise<void>;
}

/** Kannel's bearerbox with a spool on disk and receipts, bound to the SMSC, and mtbatch feeding it. */
export async function startKannel(smscPort: number, window: number, destinations: readonly string[]): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-kannel-'));
  const [admin, smsbox] = [await freePort(), await freePort()];
  await mkdir(join(folder, 'spool'));
  await writeFile(
    join(folder, 'kannel.conf'),
    `group = core
admin-port = ${admin}
admin-password = x
smsbox-port = ${smsbox}
log-file = "${join(folder, 'bearerbox.log')}"
log-level = 4
box-allow-ip = "127.0.0.1"
store-type = spool
store-location = "${join(folder, 'spool')}"
dlr-storage = internal
sms-outgoing-queue-limit = 10000000

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${await freePort()}

group = smsc
smsc = smpp
smsc-id = sink
host = 127.0.0.1
port = ${smscPort}
transceiver-mode = true
smsc-username = "esme"
smsc-password = "pw"
system-type = ""
max-pending-submits = ${window}
`,
  );
  await writeFile(join(folder, 'content'), TEXT);
  await writeFile(join(folder, 'receivers'), `${destinations.join('\n')}\n`);
  const children: ChildProcess[] = [];
  const start = (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, args, { cwd: folder, stdio: 'ignore' });
    children.push(child);
    return child;
  };
  start('bearerbox', ['-v', '4', join(folder, 'kannel.conf')]);
  await listens(smsbox);
  start('mtbatch', [
    ...['-v', '4', '-b', '127.0.0.1', '-p', String(smsbox), '-f', '12345', '-D', '3', '-u', 'http://127.0.0.1:1/'],
    ...[join(folder, 'content'), join(folder, 'receivers')],
  ]);
  return {
    stop: async () => {
      await Promise.all(
        children.map(
          (child) =>
            new Promise<void>((resolve) => {
              if (child.exitCode !== null || child.signalCode !== null) return resolve();
              child.once('exit', () => resolve());
              child.kill('SIGKILL');
            }),
        ),
      );
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listens(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('error', () => resolve(false));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('bearerbox did not begin to listen');
}
