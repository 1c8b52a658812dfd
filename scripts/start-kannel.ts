import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** Kannel's bearerbox and smsbox (Debian packages kannel and kannel-extras), bound to an SMS centre. */
export interface Kannel {
  /** Where `sendota` is asked for, with the credentials in its query; more parameters are appended. */
  readonly sendotaUrl: string;
  /** The end of what smsbox has logged. */
  log(): string;
  close(): void;
}

const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

/**
 * Starts both on loopback and waits until they are ready.
 *
 * @param smsc that Kannel binds to; `links` is how many peers it has
 * @param logLevel Kannel's: 0 debug … 4 panic
 * @throws Error that names the package when one of them is missing or does not come up
 */
export async function startKannel(
  smsc: { readonly port: number; readonly links: number },
  logLevel = 3,
): Promise<Kannel> {
  const folder = mkdtempSync(join(tmpdir(), 'kannel-'));
  const children: ChildProcess[] = [];
  const close = (): void => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const [adminPort, boxPort, sendSmsPort] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, 'kannel.conf');
  const log = (box: string): string => join(folder, `${box}.log`);
  writeFileSync(
    config,
    `group = core
admin-port = ${adminPort}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = ${boxPort}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
log-file = "${log('bearerbox')}"
log-level = ${logLevel}

group = smsc
smsc = smpp
host = 127.0.0.1
port = ${smsc.port}
smsc-username = kannel
smsc-password = kannel
system-type = ""
transceiver-mode = true

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${sendSmsPort}
sendsms-interface = 127.0.0.1
sendota-url = /cgi-bin/sendota
global-sender = 1234
log-file = "${log('smsbox')}"
log-level = ${logLevel}

group = sendsms-user
username = u
password = p
max-messages = 255
concatenation = true

group = sms-service
keyword = default
text = ""
`,
  );
  const run = (program: string): void => {
    const child = spawn(program, [config], {
      stdio: 'ignore',
      cwd: folder,
      env: { PATH: `${process.env['PATH']}:/usr/sbin` },
    });
    child.on('error', () => undefined);
    children.push(child);
  };
  const url = `http://127.0.0.1:${sendSmsPort}/cgi-bin/sendota`;
  try {
    const before = smsc.links;
    run('bearerbox');
    await until(() => smsc.links > before, 'Kannel’s bearerbox does not bind; Debian has it in kannel');
    run('smsbox');
    const answers = (): Promise<boolean> =>
      fetch(url).then(
        () => true,
        () => false,
      );
    await until(answers, 'Kannel’s smsbox does not answer; Debian has it in kannel');
  } catch (error) {
    close();
    throw error;
  }
  return {
    sendotaUrl: `${url}?username=u&password=p&from=1234`,
    log: () => readFileSync(log('smsbox'), 'utf8').slice(-2_000),
    close,
  };
}

async function until(holds: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(otherwise);
    await sleep(LOOK_MS);
  }
}
