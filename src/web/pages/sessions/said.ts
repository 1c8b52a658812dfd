/** What a message says, by its commands: `Get ./DevInfo/Man`. */
export interface SaidCommand {
  readonly name: string;
  /** LocURIs, or what an Alert is about. */
  readonly about: readonly string[];
}

const SILENT = new Set(['Final', 'Status']);
const WRAPPERS = new Set(['Atomic', 'Sequence']);

/** The commands of a message, those inside others behind them. Its statuses are not among them. */
export function commandsOf(xml: string): readonly SaidCommand[] {
  const body = [...new DOMParser().parseFromString(xml, 'application/xml').documentElement.children].find(
    ({ localName }) => localName === 'SyncBody',
  );
  return body === undefined ? [] : [...body.children].flatMap(readCommand);
}

function readCommand(element: Element): SaidCommand[] {
  const { localName: name } = element;
  if (SILENT.has(name)) return [];
  if (WRAPPERS.has(name)) {
    return [{ name, about: [] }, ...[...element.children].filter(isCommand).flatMap(readCommand)];
  }
  const locUris = [...element.getElementsByTagName('*')]
    .filter(({ localName }) => localName === 'LocURI')
    .map(({ textContent }) => textContent ?? '');
  const code =
    name === 'Alert' ? [...element.children].find(({ localName }) => localName === 'Data')?.textContent : null;
  return [{ name, about: [...(typeof code === 'string' ? [code] : []), ...new Set(locUris)] }];
}

function isCommand({ localName }: Element): boolean {
  return !['CmdID', 'Meta', 'NoResp'].includes(localName);
}

const OCTETS_A_LINE = 8;

/** Octets as people read them: eight a line, with their places and what of them is ASCII. */
export function hexLines(hex: string): string {
  const lines: string[] = [];
  for (let at = 0; at < hex.length; at += 2 * OCTETS_A_LINE) {
    const octets = hex.slice(at, at + 2 * OCTETS_A_LINE).match(/../g) ?? [];
    const ascii = octets.map((octet) => printable(Number.parseInt(octet, 16))).join('');
    lines.push(
      `${(at / 2).toString(16).padStart(4, '0')}  ${octets.join(' ').padEnd(3 * OCTETS_A_LINE - 1)}  ${ascii}`,
    );
  }
  return lines.join('\n');
}

function printable(octet: number): string {
  return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '·';
}
