import { type Element, isElement } from '../../wire/element.ts';
import { quoted } from '../fault.ts';
import type { FaultLog } from '../fault-log.ts';
import type { PushKind } from './push-kinds.ts';

/** What an element may hold. In names, `!` stands for needed, `*` for as many as one likes. */
export interface ElementRow {
  readonly name: string;
  readonly children?: readonly string[];
  /** At least one child. */
  readonly isFilled?: true;
  readonly hasText?: true;
  /** A list of values after the name says what may stand there: `action=none|all`. */
  readonly attributes?: readonly string[];
}

const DATETIME = 'a date such as 1999-04-30T06:40:00Z';
const VALUE_FORMS: Readonly<Record<string, { readonly isGood: (value: string) => boolean; readonly what: string }>> = {
  created: { isGood: isDatetime, what: DATETIME },
  'si-expires': { isGood: isDatetime, what: DATETIME },
  timestamp: { isGood: isDatetime, what: DATETIME },
};

const SERVICE_ELEMENTS = [
  { name: 'HostAddr', hasText: true },
  { name: 'Port', hasText: true },
] as const;

const RIGHTS = [
  { name: 'rights', children: ['context!', 'agreement!'] },
  { name: 'context', children: ['version', 'uid*'], isFilled: true },
  { name: 'version', hasText: true },
  { name: 'uid', hasText: true },
  { name: 'agreement', children: ['asset!', 'permission*'] },
  { name: 'asset', children: ['context!', 'KeyInfo'] },
  { name: 'KeyInfo', children: ['KeyValue!'] },
  { name: 'KeyValue', hasText: true },
  { name: 'permission', children: ['play', 'display', 'execute', 'print'] },
  { name: 'play', children: ['constraint'] },
  { name: 'display', children: ['constraint'] },
  { name: 'execute', children: ['constraint'] },
  { name: 'print', children: ['constraint'] },
  { name: 'constraint', children: ['count', 'datetime', 'interval'] },
  { name: 'count', hasText: true },
  { name: 'datetime', children: ['start', 'end'], isFilled: true },
  { name: 'start', hasText: true },
  { name: 'end', hasText: true },
  { name: 'interval', hasText: true },
] as const satisfies readonly ElementRow[];

const CHARACTERISTIC_LIST = [
  { name: 'CHARACTERISTIC-LIST', children: ['CHARACTERISTIC*'], isFilled: true },
  { name: 'CHARACTERISTIC', children: ['PARM*'], attributes: ['TYPE!', 'VALUE'] },
  { name: 'PARM', attributes: ['NAME!', 'VALUE!'] },
] as const satisfies readonly ElementRow[];

/**
 * The DTDs of the kinds, as far as a device could stumble over a document (WAP-167-ServiceInd, 7.2; WAP-168-ServiceLoad,
 * 7.2; WAP-175-CacheOp, 7.2; OMA-Push-EMN; OMA-Download-DRMREL; Over The Air Settings Specification 7.0). A kind that is
 * absent is checked elsewhere, or sent as it is.
 */
export const PUSH_GRAMMAR: Partial<Record<PushKind, readonly ElementRow[]>> = {
  serviceIndication: [
    { name: 'si', children: ['indication!', 'info'] },
    {
      name: 'indication',
      hasText: true,
      attributes: [
        'href',
        'si-id',
        'created',
        'si-expires',
        'action=signal-none|signal-low|signal-medium|signal-high|delete',
      ],
    },
    { name: 'info', children: ['item*'], isFilled: true },
    { name: 'item', hasText: true, attributes: ['class!'] },
  ],
  serviceLoading: [{ name: 'sl', attributes: ['href!', 'action=execute-low|execute-high|cache'] }],
  cacheOperation: [
    { name: 'co', children: ['invalidate-object*', 'invalidate-service*'], isFilled: true },
    { name: 'invalidate-object', attributes: ['uri!'] },
    { name: 'invalidate-service', attributes: ['uri!'] },
  ],
  emailNotification: [{ name: 'emn', attributes: ['mailbox!', 'timestamp'] }],
  rightsObject: RIGHTS,
  browserSettings: CHARACTERISTIC_LIST,
  browserBookmarks: CHARACTERISTIC_LIST,
  syncSettings: [
    {
      name: 'SyncSettings',
      children: ['Version', 'HostAddr!', 'Port', 'RemoteDB*', 'Name', 'Auth*', 'ConRef*'],
    },
    { name: 'Version', hasText: true },
    ...SERVICE_ELEMENTS,
    { name: 'RemoteDB', children: ['CTType', 'CTVer', 'URI!', 'Name', 'Auth'] },
    { name: 'CTType', hasText: true },
    { name: 'CTVer', hasText: true },
    { name: 'URI', hasText: true },
    { name: 'Name', hasText: true },
    { name: 'Auth', children: ['AuthLevel', 'AuthScheme', 'Username', 'Cred'] },
    { name: 'AuthLevel', hasText: true },
    { name: 'AuthScheme', hasText: true },
    { name: 'Username', hasText: true },
    { name: 'Cred', hasText: true },
    { name: 'ConRef', children: ['ConType', 'RefID', 'Bearer'] },
    { name: 'ConType', hasText: true },
    { name: 'RefID', hasText: true },
    { name: 'Bearer', children: ['AddrType', 'Addr'] },
    { name: 'AddrType', hasText: true },
    { name: 'Addr', hasText: true },
  ],
};

/** Holds a document against the grammar of its kind; the root is known to be right. Namespaces are not looked at. */
export function checkPushDocument(root: Element, kind: PushKind, faults: FaultLog): void {
  const rows = PUSH_GRAMMAR[kind];
  if (rows === undefined) return;
  checkElement(root, new Map(rows.map((row) => [row.name, row])), faults);
}

function checkElement(element: Element, rows: ReadonlyMap<string, ElementRow>, faults: FaultLog): void {
  const row = rows.get(element.name);
  if (row === undefined || faults.full) return;
  checkAttributes(element, row, faults);
  const allowed = new Map((row.children ?? []).map((name) => [name.replace(/[!*]$/, ''), name]));
  const seen = new Set<string>();
  for (const node of element.children) {
    if (!isElement(node)) {
      const isBlank = typeof node === 'string' && node.trim() === '';
      if (row.hasText !== true && !isBlank) {
        faults.add(element, 'unexpected-text', `${element.name} holds no text`);
        break;
      }
      continue;
    }
    const name = allowed.get(node.name);
    if (!rows.has(node.name)) {
      faults.add(node, 'unknown-element', `no element ${quoted(node.name)} is known in ${element.name}`);
    } else if (name === undefined) {
      faults.add(node, 'misplaced-element', `${node.name} may not stand in ${element.name}`);
    } else if (seen.has(node.name) && !name.endsWith('*')) {
      faults.add(node, 'repeated-element', `${element.name} has a ${node.name} already`);
    } else checkElement(node, rows, faults);
    seen.add(node.name);
  }
  for (const [name, marked] of allowed) {
    if (marked.endsWith('!') && !seen.has(name)) {
      faults.add(element, 'missing-element', `${element.name} needs a ${name}`);
    }
  }
  if (row.isFilled === true && seen.size === 0) {
    faults.add(element, 'missing-element', `${element.name} needs one of ${[...allowed.keys()].join(', ')}`);
  }
}

function checkAttributes(element: Element, row: ElementRow, faults: FaultLog): void {
  const given = new Set(element.attributes.map(({ name }) => name));
  const allowed = new Map<string, readonly string[] | undefined>();
  for (const attribute of row.attributes ?? []) {
    const [name = '', values] = attribute.replace(/!$/, '').split('=');
    allowed.set(name, values?.split('|'));
    if (attribute.endsWith('!') && !given.has(name)) {
      faults.add(element, 'missing-attribute', `${element.name} needs the attribute ${name}`);
    }
  }
  for (const { name, value } of element.attributes) {
    const values = allowed.get(name);
    const form = VALUE_FORMS[name];
    if (!allowed.has(name)) {
      faults.add(element, 'unexpected-attribute', `${element.name} takes no attribute ${quoted(name)}`);
    } else if (values !== undefined && !values.includes(value)) {
      faults.add(element, 'bad-data', `${name} is one of ${values.join(', ')}, not ${quoted(value)}`);
    } else if (form !== undefined && !form.isGood(value)) {
      faults.add(element, 'bad-data', `${name} is ${form.what}, not ${quoted(value)}`);
    }
  }
}

/** WAP-167-ServiceInd, 8.2.2: four-digit year, and always UTC. */
function isDatetime(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) && !Number.isNaN(Date.parse(value));
}
