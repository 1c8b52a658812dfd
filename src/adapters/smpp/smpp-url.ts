/** Everything about a link that an operator sets, from one URL. Durations in milliseconds. */
export interface SmppSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly systemId: string;
  readonly password: string;
  readonly systemType: string;
  readonly serviceType: string;
  readonly sourceAddr: string;
  readonly sourceTon: number;
  readonly sourceNpi: number;
  readonly destTon: number;
  readonly destNpi: number;
  /** Sent with every short message that has a user data header: 0x40 (64) or, store and forward, 0x43 (67). */
  readonly esmClass: number;
  readonly window: number;
  readonly connectMs: number;
  readonly responseMs: number;
  readonly enquireMs: number;
  /** Unanswered enquire_links after which the connection is given up. */
  readonly enquireMisses: number;
  readonly backOffMs: number;
  readonly maxBackOffMs: number;
  /** TLS only: whether the SMSC's certificate has to be valid. */
  readonly verify: boolean;
  /** TLS only: PEM file with the authorities to trust in place of the built-in ones. */
  readonly caFile: string | undefined;
}

/** The URL cannot be used. Names every fault, and never the password. */
export class SmppUrlError extends Error {
  override readonly name = 'SmppUrlError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`SMPP URL: ${faults.join('; ')}`);
    this.faults = faults;
  }
}

const DEFAULT_PORT = 2775;
const DEFAULT_TLS_PORT = 3550;
/** SMPP 3.4 section 5.2.1: sixteen octets with the closing NUL. */
const MAX_SYSTEM_ID = 15;
/** The specification has eight; many SMSCs give out longer ones. */
const MAX_PASSWORD = 64;

const NUMBERS = {
  sourceTon: { default: 0, min: 0, max: 255 },
  sourceNpi: { default: 0, min: 0, max: 255 },
  destTon: { default: 1, min: 0, max: 255 },
  destNpi: { default: 1, min: 0, max: 255 },
  esmClass: { default: 0x40, min: 0x40, max: 0x7f },
  window: { default: 50, min: 1, max: 10_000 },
  connectMs: { default: 10_000, min: 10, max: 600_000 },
  responseMs: { default: 15_000, min: 10, max: 600_000 },
  enquireMs: { default: 30_000, min: 10, max: 3_600_000 },
  enquireMisses: { default: 2, min: 1, max: 100 },
  backOffMs: { default: 500, min: 1, max: 600_000 },
  maxBackOffMs: { default: 60_000, min: 1, max: 3_600_000 },
} as const;

const TEXTS = { systemType: 12, serviceType: 5, sourceAddr: 20 } as const;

type NumberOption = keyof typeof NUMBERS;
type TextOption = keyof typeof TEXTS;

/**
 * Reads `smpp://systemId:password@host:port?option=value&…`, `ssmpp://` for TLS. System id and password are
 * percent-decoded. Options are the numbers, texts and `verify` (`true`, `false`) and `caFile` of {@link SmppSettings}.
 * @throws SmppUrlError with every fault
 */
export function parseSmppUrl(text: string): SmppSettings {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new SmppUrlError([
      'not of the form smpp://systemId:password@host:port (characters such as / # ? @ : in the password are percent-encoded)',
    ]);
  }
  const faults: string[] = [];
  const tls = url.protocol === 'ssmpp:';
  if (!tls && url.protocol !== 'smpp:') faults.push('the scheme is neither smpp nor ssmpp');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') faults.push('the host is missing');
  if (url.port === '0') faults.push('the port is 0');
  if (!['', '/'].includes(url.pathname)) faults.push('a path stands after the port');
  if (url.hash !== '') faults.push('a # stands in it (in a password it is written %23)');
  const systemId = decoded(url.username, 'system id', MAX_SYSTEM_ID, faults);
  const password = decoded(url.password, 'password', MAX_PASSWORD, faults);
  if (systemId === '') faults.push('the system id is missing');

  const given = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (given.has(name)) faults.push(`option ${name} stands twice`);
    else if (!(name in NUMBERS) && !(name in TEXTS) && name !== 'verify' && name !== 'caFile') {
      faults.push(`option ${JSON.stringify(name.slice(0, 40))} is not known`);
    }
    given.set(name, value);
  }
  const number = (name: NumberOption): number => {
    const { default: standard, min, max } = NUMBERS[name];
    const value = given.get(name);
    if (value === undefined) return standard;
    const parsed = /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : Number.NaN;
    if (parsed >= min && parsed <= max) return parsed;
    faults.push(`option ${name} is not a whole number from ${min} to ${max}`);
    return standard;
  };
  const option = (name: TextOption): string => {
    const value = given.get(name) ?? '';
    if (value.length <= TEXTS[name] && isPlain(value)) return value;
    faults.push(`option ${name} is longer than ${TEXTS[name]} characters or not printable ASCII`);
    return '';
  };
  const verify = given.get('verify') ?? 'true';
  if (verify !== 'true' && verify !== 'false') faults.push('option verify is neither true nor false');
  if (!tls && (given.has('verify') || given.has('caFile'))) faults.push('options verify and caFile go with ssmpp only');

  const settings: SmppSettings = {
    host,
    port: url.port === '' ? (tls ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(url.port),
    tls,
    systemId,
    password,
    systemType: option('systemType'),
    serviceType: option('serviceType'),
    sourceAddr: option('sourceAddr'),
    sourceTon: number('sourceTon'),
    sourceNpi: number('sourceNpi'),
    destTon: number('destTon'),
    destNpi: number('destNpi'),
    esmClass: number('esmClass'),
    window: number('window'),
    connectMs: number('connectMs'),
    responseMs: number('responseMs'),
    enquireMs: number('enquireMs'),
    enquireMisses: number('enquireMisses'),
    backOffMs: number('backOffMs'),
    maxBackOffMs: number('maxBackOffMs'),
    verify: verify !== 'false',
    caFile: given.get('caFile'),
  };
  if (faults.length > 0) throw new SmppUrlError(faults);
  return settings;
}

function decoded(value: string, what: string, max: number, faults: string[]): string {
  let text: string;
  try {
    text = decodeURIComponent(value);
  } catch {
    faults.push(`the ${what} has a faulty percent-encoding`);
    return '?';
  }
  if (text.length > max) faults.push(`the ${what} is longer than ${max} characters`);
  if (!isPlain(text)) faults.push(`the ${what} is not printable ASCII`);
  return text;
}

function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
