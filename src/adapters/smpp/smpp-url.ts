import {
  BIND_MODES,
  type DestinationRule,
  LINK_NUMBERS,
  LINK_TEXTS,
  type Link,
  type LinkNumber,
  type LinkSettings,
  type LinkText,
  MESSAGE_ID_FORMS,
} from '../../domain/link.ts';

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

const OTHER_OPTIONS = ['verify', 'caFile', 'bind', 'messageIds', 'prefixes', 'destRules', 'name'] as const;
const MAX_NAME = 60;

/**
 * Reads one or more SMPP URLs, separated by commas: each is a link of its own. Its name is the option `name`, or
 * `systemId@host:port`.
 * @throws SmppUrlError with every fault
 */
export function parseSmppUrls(text: string): readonly Link[] {
  const urls = text.split(/,\s*(?=s?smpp:\/\/)/i);
  const faults: string[] = [];
  const links: Link[] = [];
  for (const [index, url] of urls.entries()) {
    try {
      const { name, ...settings } = read(url);
      links.push({ id: name, name, enabled: true, settings });
    } catch (error) {
      if (!(error instanceof SmppUrlError)) throw error;
      faults.push(...error.faults.map((fault) => (urls.length === 1 ? fault : `link ${index + 1}: ${fault}`)));
    }
  }
  const names = links.map(({ name }) => name);
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
    faults.push(`two links are called ${JSON.stringify(name)}: option name tells them apart`);
  }
  if (faults.length > 0) throw new SmppUrlError(faults);
  return links;
}

/**
 * Reads `smpp://systemId:password@host:port?option=value&…`, `ssmpp://` for TLS. System id and password are
 * percent-decoded. Options are the fields of {@link LinkSettings}: numbers, texts, `verify` (`true`, `false`), `caFile`,
 * `bind`, `messageIds`, `prefixes` (digits, separated by commas) and `destRules`
 * (`prefix:ton:npi[:strip[:prepend]]`, separated by commas).
 * @throws SmppUrlError with every fault
 */
export function parseSmppUrl(text: string): LinkSettings {
  const { name: _, ...settings } = read(text);
  return settings;
}

function read(text: string): LinkSettings & { readonly name: string } {
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
    else if (!(name in LINK_NUMBERS) && !(name in LINK_TEXTS) && !OTHER_OPTIONS.some((one) => one === name)) {
      faults.push(`option ${JSON.stringify(name.slice(0, 40))} is not known`);
    }
    given.set(name, value);
  }
  const number = (name: LinkNumber): number => {
    const { default: standard, min, max } = LINK_NUMBERS[name];
    const value = given.get(name);
    if (value === undefined) return standard;
    const parsed = /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : Number.NaN;
    if (parsed >= min && parsed <= max) return parsed;
    faults.push(`option ${name} is not a whole number from ${min} to ${max}`);
    return standard;
  };
  const option = (name: LinkText): string => {
    const value = given.get(name) ?? '';
    if (value.length <= LINK_TEXTS[name] && isPlain(value)) return value;
    faults.push(`option ${name} is longer than ${LINK_TEXTS[name]} characters or not printable ASCII`);
    return '';
  };
  const verify = given.get('verify') ?? 'true';
  if (verify !== 'true' && verify !== 'false') faults.push('option verify is neither true nor false');
  if (!tls && (given.has('verify') || given.has('caFile'))) faults.push('options verify and caFile go with ssmpp only');

  const oneOf = <T extends string>(name: string, values: readonly [T, ...T[]]): T => {
    const value = given.get(name);
    if (value === undefined) return values[0];
    const found = values.find((one) => one === value);
    if (found === undefined) faults.push(`option ${name} is none of ${values.join(', ')}`);
    return found ?? values[0];
  };
  const prefixes = listOf(given.get('prefixes'));
  if (!prefixes.every(isPrefix)) faults.push('option prefixes is not digits separated by commas');
  const destRules = listOf(given.get('destRules')).map(destinationRule);
  if (destRules.includes(undefined)) {
    faults.push('option destRules is not prefix:ton:npi[:strip[:prepend]] separated by commas');
  }
  const port = url.port === '' ? (tls ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(url.port);
  const name = given.get('name') ?? `${systemId}@${url.hostname}:${port}`;
  if (!isLinkName(name)) faults.push(`option name is not 1 to ${MAX_NAME} characters without blanks and commas`);

  const numbers = Object.fromEntries(
    (Object.keys(LINK_NUMBERS) as LinkNumber[]).map((one) => [one, number(one)]),
  ) as Record<LinkNumber, number>;
  const settings = {
    ...numbers,
    name,
    host,
    port,
    tls,
    systemId,
    password,
    systemType: option('systemType'),
    serviceType: option('serviceType'),
    sourceAddr: option('sourceAddr'),
    addressRange: option('addressRange'),
    sourceTon: given.has('sourceTon') ? numbers.sourceTon : undefined,
    sourceNpi: given.has('sourceNpi') ? numbers.sourceNpi : undefined,
    destRules: destRules.filter((rule) => rule !== undefined),
    prefixes,
    bind: oneOf('bind', BIND_MODES),
    messageIds: oneOf('messageIds', MESSAGE_ID_FORMS),
    verify: verify !== 'false',
    caFile: given.get('caFile'),
    ca: undefined,
  };
  if (faults.length > 0) throw new SmppUrlError(faults);
  return settings;
}

/** Names stand in metrics and lanes: no blanks, commas, controls. */
function isLinkName(name: string): boolean {
  return name.length <= MAX_NAME && /^[!-+.-~-]+$/.test(name) && name !== '-';
}

function isPrefix(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}

function destinationRule(text: string): DestinationRule | undefined {
  const [prefix = '', ton = '', npi = '', strip = '0', prepend = '', ...more] = text.split(':');
  const octet = (value: string): boolean => /^\d{1,3}$/.test(value) && Number(value) <= 255;
  if (more.length > 0 || !isPrefix(prefix) || !octet(ton) || !octet(npi)) return undefined;
  if (!/^\d{1,2}$/.test(strip) || !/^\d{0,15}$/.test(prepend)) return undefined;
  return { prefix, ton: Number(ton), npi: Number(npi), strip: Number(strip), prepend };
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
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
