/** How binding the specification makes a requirement: its own words, in the plain sense of RFC 2119. */
export const LEVELS = ['must', 'should', 'may'] as const;
export type Level = (typeof LEVELS)[number];

export const STATES = ['done', 'open', 'left out', 'superseded'] as const;
export type State = (typeof STATES)[number];

/** One thing the specification asks of a server. */
export interface Requirement {
  /** Document, section and a running number, e.g. `PRO-6.2-3`; never given to another requirement. */
  readonly id: string;
  readonly level: Level;
  /** In our own words, one line. */
  readonly text: string;
  readonly state: State;
  /** Of a `done` one: the tests that show it, each as `file > describe > test`. */
  readonly tests?: readonly string[];
  /** Why it is left out; which RFC supersedes it; or what is there already and what is missing. */
  readonly note?: string;
}

/** One file of requirements: an area of the protocol, a chapter of the table. */
export interface Area {
  readonly area: string;
  readonly title: string;
  readonly requirements: readonly Requirement[];
}

/** Documents the ids begin with. The sections are those of the 1.2.1 release, where a row does not say otherwise. */
export const DOCUMENTS: Readonly<Record<string, string>> = {
  PRO: 'OMA-TS-DM_Protocol',
  REP: 'OMA-TS-DM_RepPro',
  SYN: 'OMA-TS-SyncML_RepPro and OMA-TS-SyncML_MetaInfo (SyncML Common)',
  SEC: 'OMA-TS-DM_Security',
  NOTI: 'OMA-TS-DM_Notification',
  BOOT: 'OMA-TS-DM_Bootstrap',
  TND: 'OMA-TS-DM_TND',
  TNDS: 'OMA-TS-DM_TNDS',
  OBJ: 'OMA-TS-DM_StdObj',
  HTTP: 'OMA-TS-SyncML_HTTPBinding',
  ERDEF: 'OMA-ERELD-DM, the definition of the enabler',
  WBXML: 'WBXML 1.1 to 1.3 (WAP-192, OMA-TS-WBXML) with the code pages of SyncML Common',
  V11: 'what differs in DM 1.1.2',
  MS: "Microsoft's server requirements for Windows Mobile",
};

const ID = /^([A-Z0-9]+)-([0-9A-Za-z.]+)-([0-9]+)$/;

/** The document and the section an id names; undefined when it is no id. */
export function placeOf(id: string): { readonly document: string; readonly section: string } | undefined {
  const [, document = '', section = ''] = ID.exec(id) ?? [];
  return Object.hasOwn(DOCUMENTS, document) ? { document, section } : undefined;
}

/**
 * Reads one area from parsed JSON.
 *
 * @throws Error naming the file and every fault of shape at once
 */
export function readArea(json: unknown, file: string): Area {
  const faults: string[] = [];
  const fields = (value: unknown, place: string, required: readonly string[], optional: readonly string[]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      faults.push(`${place} is no object`);
      return {};
    }
    for (const name of required) if (!Object.hasOwn(value, name)) faults.push(`${place} has no ${name}`);
    for (const name of Object.keys(value)) {
      if (!required.includes(name) && !optional.includes(name)) faults.push(`${place} has an unknown field ${name}`);
    }
    return value as Record<string, unknown>;
  };
  const text = (value: unknown, place: string): void => {
    if (typeof value !== 'string' || value.trim() === '' || value.includes('\n'))
      faults.push(`${place} is no line of text`);
  };
  const area = fields(json, file, ['area', 'title', 'requirements'], []);
  text(area['area'], `${file}: area`);
  text(area['title'], `${file}: title`);
  const rows = Array.isArray(area['requirements']) ? (area['requirements'] as unknown[]) : [];
  if (rows.length === 0) faults.push(`${file} has no requirements`);
  for (const [index, row] of rows.entries()) {
    const own = fields(row, `${file} row ${index + 1}`, ['id', 'level', 'text', 'state'], ['tests', 'note']);
    const place = `${file} ${String(own['id'] ?? `row ${index + 1}`)}`;
    for (const name of ['id', 'text']) text(own[name], `${place}: ${name}`);
    if (own['note'] !== undefined) text(own['note'], `${place}: note`);
    if (!LEVELS.includes(own['level'] as Level)) faults.push(`${place}: level is none of ${LEVELS.join(', ')}`);
    if (!STATES.includes(own['state'] as State)) faults.push(`${place}: state is none of ${STATES.join(', ')}`);
    if (own['tests'] === undefined) continue;
    if (!Array.isArray(own['tests'])) faults.push(`${place}: tests is no list`);
    else for (const test of own['tests'] as unknown[]) text(test, `${place}: a test`);
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return json as Area;
}
