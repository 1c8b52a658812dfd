import { parseArgs } from 'node:util';
import type { Auth } from './device-options.ts';
import { MAX_MISBEHAVING_MESSAGES, MISBEHAVIOURS, type Misbehaviour } from './misbehaviours.ts';
import type { UserAnswer } from './user.ts';

/** Everything the command line says, checked. */
export interface CliOptions {
  readonly help: boolean;
  readonly serverUrl: string;
  readonly deviceId: string;
  readonly dmVersion: '1.1' | '1.2';
  readonly encoding: 'wbxml' | 'xml';
  readonly auth: Auth;
  readonly client: { readonly username: string; readonly password: string; readonly nonce?: Uint8Array };
  readonly server: {
    readonly id: string;
    readonly password: string;
    readonly nonce?: Uint8Array;
    readonly auth?: Auth;
  };
  readonly maxMsgSize: number | undefined;
  readonly maxObjSize: number | undefined;
  readonly shortMediaType: boolean;
  readonly trustServer: boolean;
  readonly challengeFirst: boolean;
  readonly insecure: boolean;
  readonly retries: number | undefined;
  /** It has no account and waits for a bootstrap. */
  readonly unbootstrapped: boolean;
  readonly imsi: string | undefined;
  readonly pin: string | undefined;
  readonly answers: readonly UserAnswer[];
  readonly misbehave: Misbehaviour | undefined;
  /** What it tells on its own account in its first session. */
  readonly alerts: readonly { readonly type: string; readonly data: string }[];
  /** Nodes whose Exec it answers 202, to tell the outcome in the session after. */
  readonly slowExecs: readonly string[];
  readonly smsc: { readonly host: string; readonly port: number; readonly msisdn: string } | undefined;
  /** Open a session now. */
  readonly openNow: boolean;
  /** End after the first session. */
  readonly once: boolean;
  readonly treeFile: string | undefined;
  readonly printTree: boolean;
  readonly verbose: boolean;
}

/** The command line is off; every fault is listed. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.faults = faults;
  }
}

const OPTIONS = {
  'server-url': { type: 'string' },
  'device-id': { type: 'string' },
  version: { type: 'string' },
  encoding: { type: 'string' },
  auth: { type: 'string' },
  'server-auth': { type: 'string' },
  'client-user': { type: 'string' },
  'client-password': { type: 'string' },
  'client-nonce': { type: 'string' },
  'server-id': { type: 'string' },
  'server-password': { type: 'string' },
  'server-nonce': { type: 'string' },
  'max-msg-size': { type: 'string' },
  'max-obj-size': { type: 'string' },
  'short-media-type': { type: 'boolean' },
  'trust-server': { type: 'boolean' },
  'challenge-first': { type: 'boolean' },
  insecure: { type: 'boolean' },
  retries: { type: 'string' },
  unbootstrapped: { type: 'boolean' },
  imsi: { type: 'string' },
  pin: { type: 'string' },
  answer: { type: 'string', multiple: true },
  alert: { type: 'string', multiple: true },
  'slow-exec': { type: 'string', multiple: true },
  misbehave: { type: 'string' },
  smsc: { type: 'string' },
  msisdn: { type: 'string' },
  session: { type: 'boolean' },
  once: { type: 'boolean' },
  tree: { type: 'string' },
  'print-tree': { type: 'boolean' },
  verbose: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const HELP = `A virtual device: an OMA DM client with a management tree, for trying a server without a phone.

  npm run device -- [options]

Without --smsc it opens a session at once, tells what happened and ends: 0 when the session was completed, 1 when it
was not, 2 when the options are off. With --smsc it waits for triggers (Package #0) until it is stopped.

Server and account
  --server-url URL        where sessions go (http://127.0.0.1:8080/dm)
  --device-id ID          its Source LocURI (IMEI:493005100592800)
  --client-user NAME      who it is to the server (device)
  --client-password WORD  with that password (device-password)
  --client-nonce BASE64   and this nonce for the first MD5 digest or MAC
  --server-id ID          whom it takes as its server (omadm)
  --server-password WORD  with that password (server-password)
  --server-nonce BASE64   and this nonce, for the first digest, MAC or trigger
  --auth basic|md5|hmac   how both prove themselves (md5)
  --server-auth basic|md5|hmac   how the server has to, where it differs
  --unbootstrapped        has no account: waits at --smsc for a bootstrap push, then opens its first session
  --imsi DIGITS           of its subscriber: bootstrap pushes are taken that are proven with it (NETWPIN)
  --pin DIGITS            what its user types: for USERPIN, USERNETWPIN (with --imsi) and USERPINMAC

Protocol
  --version 1.1|1.2       of OMA DM (1.1)
  --encoding wbxml|xml    of the messages (wbxml)
  --short-media-type      says application/vnd.syncml+… instead of application/vnd.syncml.dm+…
  --max-msg-size OCTETS   the largest message it takes (16384)
  --max-obj-size OCTETS   the largest object it takes (any)
  --challenge-first       sends credentials only when it is challenged
  --trust-server          carries out commands of a server that did not prove itself
  --insecure              takes any TLS certificate
  --retries N             sends a message without an answer again that often (8)
  --answer ANSWER         what the user says to the next question: yes, no, cancel, timeout, text:WORDS, choose:1,3
                          (may be given several times)
  --alert TYPE=DATA       tells this in its first session: a generic alert in DM 1.2, a client event in DM 1.1
                          (may be given several times)
  --slow-exec LOCURI      answers 202 to an Exec of this node and tells the outcome by an alert, in a session of its own
                          right after (may be given several times)

What it does
  --session               opens a session now, also with --smsc
  --once                  ends after the first session, also with --smsc
  --smsc HOST:PORT        attaches to the simulated SMSC and follows the triggers that arrive there
  --msisdn NUMBER         under this number (491700000001)
  --tree FILE             keeps tree and nonces in this JSON file; once it is there, its nonces count
  --print-tree            prints the leaves of the tree at the end
  -v, --verbose           prints every message as XML, credentials masked
  -h, --help              this

--misbehave NAME breaks one rule on purpose, to try a server with; such a session ends after ${MAX_MISBEHAVING_MESSAGES} messages at the latest:
${MISBEHAVIOURS.map(({ name, what }) => `  ${name.padEnd(24)}${what}`).join('\n')}

Every option that takes a value can also be set in the environment: --client-password is DEVICE_CLIENT_PASSWORD.
Passwords given there do not show in the list of processes.
`;

/**
 * Reads the command line; what is missing there comes from `DEVICE_…` in the environment.
 * @throws CliError
 */
export function parseCliOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CliOptions {
  const values = readArguments(args);
  const faults: string[] = [];
  const text = (name: keyof typeof OPTIONS): string | undefined => {
    const value = values[name] ?? env[`DEVICE_${name.toUpperCase().replaceAll('-', '_')}`];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const oneOf = <T extends string>(name: keyof typeof OPTIONS, allowed: readonly [T, ...T[]]): T => {
    const value = text(name) ?? allowed[0];
    const found = allowed.find((choice) => choice === value);
    if (found === undefined) faults.push(`--${name} is ${allowed.join(' or ')}, not ${JSON.stringify(value)}`);
    return found ?? allowed[0];
  };
  const integer = (name: keyof typeof OPTIONS, least: number): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,9}$/.test(value) || Number(value) < least) faults.push(`--${name} is a number from ${least} on`);
    return Number(value);
  };
  const nonce = (name: keyof typeof OPTIONS): { nonce?: Uint8Array } => {
    const value = text(name);
    if (value === undefined) return {};
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) faults.push(`--${name} is base64`);
    return { nonce: new Uint8Array(Buffer.from(value, 'base64')) };
  };

  const misbehaviour = (): Misbehaviour | undefined => {
    const value = text('misbehave');
    if (value === undefined) return undefined;
    const row = MISBEHAVIOURS.find(({ name }) => name === value);
    if (row === undefined) faults.push(`--misbehave does not know ${JSON.stringify(value)}; --help lists what it does`);
    return row?.name;
  };

  const serverUrl = text('server-url') ?? 'http://127.0.0.1:8080/dm';
  if (!/^https?:$/.test(protocolOf(serverUrl))) {
    faults.push(`--server-url is an http or https URL, not ${JSON.stringify(serverUrl)}`);
  }
  const digits = (name: 'imsi' | 'pin', form: RegExp, what: string): string | undefined => {
    const value = text(name);
    if (value !== undefined && !form.test(value)) faults.push(`--${name} is ${what}`);
    return value;
  };
  const unbootstrapped = values.unbootstrapped === true;
  const imsi = digits('imsi', /^\d{6,15}$/, '6 to 15 digits');
  const pin = digits('pin', /^\d{1,64}$/, 'digits');
  const smsc = parseSmsc(text('smsc'), text('msisdn') ?? '491700000001', faults);
  const options: CliOptions = {
    help: values.help === true,
    serverUrl,
    deviceId: text('device-id') ?? 'IMEI:493005100592800',
    dmVersion: oneOf('version', ['1.1', '1.2']),
    encoding: oneOf('encoding', ['wbxml', 'xml']),
    auth: oneOf('auth', ['md5', 'basic', 'hmac']),
    client: {
      username: text('client-user') ?? 'device',
      password: text('client-password') ?? 'device-password',
      ...nonce('client-nonce'),
    },
    server: {
      id: text('server-id') ?? 'omadm',
      password: text('server-password') ?? 'server-password',
      ...nonce('server-nonce'),
      ...(text('server-auth') !== undefined && { auth: oneOf('server-auth', ['md5', 'basic', 'hmac']) }),
    },
    maxMsgSize: integer('max-msg-size', 512),
    maxObjSize: integer('max-obj-size', 1),
    shortMediaType: values['short-media-type'] === true,
    trustServer: values['trust-server'] === true,
    challengeFirst: values['challenge-first'] === true,
    insecure: values.insecure === true,
    retries: integer('retries', 0),
    misbehave: misbehaviour(),
    alerts: (values.alert ?? []).flatMap((alert) => parseAlert(alert, faults)),
    slowExecs: values['slow-exec'] ?? [],
    unbootstrapped,
    imsi,
    pin,
    answers: (values.answer ?? []).flatMap((answer) => parseAnswer(answer, faults)),
    smsc,
    openNow: values.session === true || smsc === undefined,
    once: values.once === true || smsc === undefined,
    treeFile: text('tree'),
    printTree: values['print-tree'] === true,
    verbose: values.verbose === true,
  };
  if (unbootstrapped && smsc === undefined) faults.push('--unbootstrapped waits for a push: it needs --smsc');
  if (unbootstrapped && values.session === true) faults.push('--session needs an account, --unbootstrapped has none');
  if (unbootstrapped && imsi === undefined && pin === undefined) {
    faults.push('--unbootstrapped needs --imsi or --pin, to tell whose push it may take');
  }
  if (faults.length > 0) throw new CliError(faults);
  return options;
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (error) {
    throw new CliError([error instanceof Error ? error.message : String(error)]);
  }
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return '';
  }
}

function parseSmsc(address: string | undefined, msisdn: string, faults: string[]): CliOptions['smsc'] {
  if (address === undefined) return undefined;
  const [, host = '', port = ''] = /^(?:smpp:\/\/)?(\[[^\]]+\]|[^:/]+):(\d{1,5})$/.exec(address) ?? [];
  if (host === '' || Number(port) > 65_535) faults.push(`--smsc is HOST:PORT, not ${JSON.stringify(address)}`);
  if (!/^\+?\d{1,20}$/.test(msisdn)) faults.push(`--msisdn is a number, not ${JSON.stringify(msisdn)}`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), msisdn };
}

function parseAlert(alert: string, faults: string[]): { type: string; data: string }[] {
  const equals = alert.indexOf('=');
  if (equals > 0) return [{ type: alert.slice(0, equals), data: alert.slice(equals + 1) }];
  faults.push(`--alert is TYPE=DATA, e.g. urn:example:battery=7, not ${JSON.stringify(alert)}`);
  return [];
}

function parseAnswer(answer: string, faults: string[]): UserAnswer[] {
  if (answer === 'yes' || answer === 'no' || answer === 'cancel' || answer === 'timeout') return [answer];
  if (answer.startsWith('text:')) return [{ text: answer.slice('text:'.length) }];
  if (/^choose:\d{1,3}(,\d{1,3})*$/.test(answer)) {
    return [{ chosen: answer.slice('choose:'.length).split(',').map(Number) }];
  }
  faults.push(`--answer is yes, no, cancel, timeout, text:WORDS or choose:1,3, not ${JSON.stringify(answer)}`);
  return [];
}
