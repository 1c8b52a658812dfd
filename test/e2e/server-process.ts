import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ServerSettings {
  readonly databaseUrl: string;
  readonly smppUrl?: string;
  readonly port: number;
  readonly serverId?: string;
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
}

export const ADMIN_TOKEN = 'token-of-the-tests';
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const START_MS = 30_000;

/** The server as a process of its own, so that it can be killed the hard way and started again. */
export class ServerProcess {
  readonly url: string;
  readonly #settings: ServerSettings;
  #child: ChildProcess | undefined;
  /** One thing at a time, whoever asks for it. */
  #turn: Promise<unknown> = Promise.resolve();
  /** What it logged, over all its lives. */
  readonly log: string[] = [];
  kills = 0;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.url = `http://127.0.0.1:${settings.port}`;
  }

  /** Starts it, unless it runs, and waits until it is ready. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  /** SIGKILL: it gets no chance to do anything. */
  kill(): Promise<void> {
    return this.#inTurn(() => this.#kill());
  }

  killAndRestart(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#kill();
      await this.#start();
    });
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Of the life it leads now; undefined while it is not running. */
  get pid(): number | undefined {
    return this.#runs ? this.#child?.pid : undefined;
  }

  get #runs(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async #start(): Promise<void> {
    if (this.#runs) return;
    const { databaseUrl, smppUrl, port, serverId = 'omadm', env } = this.#settings;
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        DATABASE_URL: databaseUrl,
        SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
        ADMIN_TOKEN,
        DM_SERVER_ID: serverId,
        ...(smppUrl !== undefined && { SMPP_URL: smppUrl }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    const ready = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the server was not ready in time:\n${this.log.join('\n')}`)),
        START_MS,
      );
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        this.log.push(line);
        if (line.includes('"msg":"ready"')) {
          clearTimeout(timer);
          resolve();
        }
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with ${code}:\n${this.log.join('\n')}`));
      });
    });
    await ready;
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.#runs) return;
    this.kills += 1;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** SIGTERM, and how it ended. */
  async stop(): Promise<number | null> {
    await this.#turn;
    const child = this.#child;
    if (child === undefined || !this.#runs) return child?.exitCode ?? null;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await gone) as [number | null];
    return code;
  }
}
