/**
 * A link: one account at one SMS centre (SMSC), spoken to over SMPP 3.4 on one or more connections ("binds").
 *
 * Every field that an operator may set stands once in the tables below; the SMPP URL, the REST API and the defaults are
 * made of them. Durations are milliseconds unless the name says otherwise.
 */
export const LINK_NUMBERS = {
  /** Connections that are bound at a time. */
  binds: { default: 1, min: 1, max: 16 },
  /** Type of number and numbering plan of the range (SMPP 3.4 section 5.2.5). */
  addressTon: { default: 0, min: 0, max: 255 },
  addressNpi: { default: 0, min: 0, max: 255 },
  /** Of the source address; without them they follow from its look, see {@link sourceAddressOf}. */
  sourceTon: { default: 0, min: 0, max: 255 },
  sourceNpi: { default: 0, min: 0, max: 255 },
  destTon: { default: 1, min: 0, max: 255 },
  destNpi: { default: 1, min: 0, max: 255 },
  /** Sent with every short message that has a user data header: 0x40 (64) or, store and forward, 0x43 (67). */
  esmClass: { default: 0x40, min: 0x40, max: 0x7f },
  /** SMPP 3.4 section 5.2.17: 1 asks for a receipt with the final outcome, 0 for none. */
  registeredDelivery: { default: 1, min: 0, max: 31 },
  /** How long the SMSC keeps trying to deliver; 0 leaves it to the SMSC. At most 63 weeks. */
  validitySeconds: { default: 0, min: 0, max: 38_102_400 },
  /** Submits that may be unanswered at a time, for each bind. */
  window: { default: 50, min: 1, max: 10_000 },
  /** Submits a second, over all binds of all server processes; 0 for no limit. */
  ratePerSecond: { default: 0, min: 0, max: 100_000 },
  connectMs: { default: 10_000, min: 10, max: 600_000 },
  responseMs: { default: 15_000, min: 10, max: 600_000 },
  enquireMs: { default: 30_000, min: 10, max: 3_600_000 },
  /** Unanswered enquire_links after which a connection is given up. */
  enquireMisses: { default: 2, min: 1, max: 100 },
  backOffMs: { default: 500, min: 1, max: 600_000 },
  maxBackOffMs: { default: 60_000, min: 1, max: 3_600_000 },
  /** Share of the messages among links that take the same number; 0: only when no other can. */
  weight: { default: 1, min: 0, max: 1_000 },
} as const;

/** Longest values, in characters of printable ASCII (SMPP 3.4 section 4.1.1, 4.4.1). */
export const LINK_TEXTS = { systemType: 12, serviceType: 5, sourceAddr: 20, addressRange: 40 } as const;

/** `separate`: every bind is a transmitter and a receiver, on a connection each. */
export const BIND_MODES = ['transceiver', 'separate'] as const;
export type BindMode = (typeof BIND_MODES)[number];

/**
 * How the ids in receipts go with those in answers to submits.
 * - `same`: letter by letter;
 * - `hex-then-decimal`: hexadecimal in the answer, decimal in the receipt; `decimal-then-hex`: the other way round;
 * - `auto`: as they are, and where no message has such an id and the numbers called agree, in the other notation.
 */
export const MESSAGE_ID_FORMS = ['auto', 'same', 'hex-then-decimal', 'decimal-then-hex'] as const;
export type MessageIdForm = (typeof MESSAGE_ID_FORMS)[number];

export type LinkNumber = keyof typeof LINK_NUMBERS;
export type LinkText = keyof typeof LINK_TEXTS;

/** How numbers that begin with a prefix are written for this SMSC. */
export interface DestinationRule {
  /** Digits; the longest that fits counts. */
  readonly prefix: string;
  readonly ton: number;
  readonly npi: number;
  /** Digits to take off the front, before {@link prepend}. */
  readonly strip: number;
  readonly prepend: string;
}

export interface LinkSettings
  extends Readonly<Record<Exclude<LinkNumber, 'sourceTon' | 'sourceNpi'>, number>>,
    Readonly<Record<LinkText, string>> {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** TLS: whether the SMSC's certificate has to be valid. */
  readonly verify: boolean;
  /** TLS: file with the authorities to trust in place of the built-in ones, PEM. */
  readonly caFile: string | undefined;
  /** TLS: the same as text. */
  readonly ca: string | undefined;
  readonly systemId: string;
  readonly password: string;
  readonly bind: BindMode;
  readonly sourceTon: number | undefined;
  readonly sourceNpi: number | undefined;
  readonly destRules: readonly DestinationRule[];
  readonly messageIds: MessageIdForm;
  /** Beginnings (digits) of the numbers it takes; empty: every number. */
  readonly prefixes: readonly string[];
}

/** A link with its name. */
export interface Link {
  /** What message ids, pushes and incoming messages are kept under; never changes. */
  readonly id: string;
  /** For people and metrics. Unique. */
  readonly name: string;
  readonly enabled: boolean;
  readonly settings: LinkSettings;
}

export interface Address {
  readonly ton: number;
  readonly npi: number;
  readonly addr: string;
}

/**
 * The source address of every message. Where type and plan are not set: letters make it alphanumeric (5, 0), a leading
 * `+` international (1, 1), anything else leaves it to the SMSC (0, 0).
 */
export function sourceAddressOf({
  sourceAddr,
  sourceTon,
  sourceNpi,
}: Pick<LinkSettings, 'sourceAddr' | 'sourceTon' | 'sourceNpi'>): Address {
  const international = /^\+\d+$/.test(sourceAddr);
  const [ton, npi] = international ? [1, 1] : /^\d*$/.test(sourceAddr) ? [0, 0] : [5, 0];
  return {
    ton: sourceTon ?? ton,
    npi: sourceNpi ?? npi,
    addr: international ? sourceAddr.slice(1) : sourceAddr,
  };
}

/**
 * A number in international format as this SMSC wants it.
 * @param digits without the leading `+`
 */
export function destinationAddressOf(
  digits: string,
  { destTon, destNpi, destRules }: Pick<LinkSettings, 'destTon' | 'destNpi' | 'destRules'>,
): Address {
  let rule: DestinationRule | undefined;
  for (const one of destRules) {
    if (digits.startsWith(one.prefix) && one.prefix.length >= (rule?.prefix.length ?? 0)) rule = one;
  }
  if (rule === undefined) return { ton: destTon, npi: destNpi, addr: digits };
  return { ton: rule.ton, npi: rule.npi, addr: rule.prepend + digits.slice(rule.strip) };
}

/** Relative validity_period (SMPP 3.4 section 7.1.1.2): `YYMMDDhhmmss000R`; empty for 0. */
export function validityPeriod(seconds: number): string {
  if (seconds <= 0) return '';
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  // Days up to 99 stand as days: how long a month is, SMSCs do not agree on.
  const days = Math.floor(seconds / 86_400);
  const [years, rest] = days > 99 ? [Math.floor(days / 365), days % 365] : [0, days];
  const [months, left] = rest > 99 ? [Math.floor(rest / 30), rest % 30] : [0, rest];
  return `${two(years)}${two(months)}${two(left)}${two((seconds / 3_600) % 24)}${two((seconds / 60) % 60)}${two(seconds % 60)}000R`;
}

/** Everything that need not be said; host, system id and password do. */
export const DEFAULT_LINK_SETTINGS: Omit<LinkSettings, 'host' | 'port' | 'systemId' | 'password'> = {
  ...(Object.fromEntries(Object.entries(LINK_NUMBERS).map(([name, row]) => [name, row.default])) as Record<
    LinkNumber,
    number
  >),
  ...(Object.fromEntries(Object.keys(LINK_TEXTS).map((name) => [name, ''])) as Record<LinkText, string>),
  sourceTon: undefined,
  sourceNpi: undefined,
  tls: false,
  verify: true,
  caFile: undefined,
  ca: undefined,
  bind: 'transceiver',
  destRules: [],
  messageIds: 'auto',
  prefixes: [],
};

/** Settings that contradict one another, in words; empty when all is well. */
export function linkFaults(settings: LinkSettings): readonly string[] {
  const { tls, verify, ca, caFile, backOffMs, maxBackOffMs } = settings;
  return [
    ...(!tls && (!verify || ca !== undefined || caFile !== undefined) ? ['verify and ca go with tls only'] : []),
    ...(backOffMs > maxBackOffMs ? ['backOffMs is more than maxBackOffMs'] : []),
  ];
}
