/**
 * Variables of a package: `{{name}}` in a LocURI, in Data or in a Type.
 *
 * Grammar: `{{`, blanks, a name of letters, digits, `_`, `.` and `-` (1 to 64 characters, letters and digits of ASCII),
 * blanks, `}}`. Four braces, `{{{{`, write a literal `{{`; a `}}` that closes nothing is plain text. Values are put in
 * once and never read for variables again.
 */

/** Values every delivery has without being told; those the device's record lacks have to be given like custom ones. */
export const BUILT_IN_VARIABLES = {
  deviceId: 'what the device calls itself, as in its Source/LocURI, e.g. IMEI:493005100592800',
  imei: 'the digits of a deviceId that begins with IMEI:',
  imsi: "the subscriber's IMSI, when the device's record has one",
  msisdn: "the device's phone number, when the device's record has one",
  serverId: 'the id of this server, as in Package #0',
} as const;

export type BuiltInVariable = keyof typeof BUILT_IN_VARIABLES;

export interface VariableSource {
  /** Absent for a recipient that is no registered device. */
  readonly deviceId?: string;
  readonly msisdn?: string;
  readonly imsi?: string;
  readonly serverId: string;
}

/** Strings at even places are literal text, those at odd places are names of variables. */
export type Template = readonly string[];

/** A `{{` that begins no variable. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  /** Where the `{{` stands in the text, in UTF-16 units. */
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** A name and generous blanks; beyond it no closing brace is looked for, so a hostile text costs linear time. */
const MAX_REFERENCE = 128;

/** @throws TemplateError */
export function parseTemplate(text: string): Template {
  let open = text.indexOf('{{');
  if (open < 0) return [text];
  const parts: string[] = [];
  let literal = '';
  let from = 0;
  while (open >= 0) {
    literal += text.slice(from, open);
    if (text.startsWith('{{{{', open)) {
      literal += '{{';
      from = open + 4;
    } else {
      const inside = text.slice(open + 2, open + 2 + MAX_REFERENCE);
      const close = inside.indexOf('}}');
      if (close < 0) throw new TemplateError('`{{` is not closed by `}}` (write `{{{{` for a literal `{{`)', open);
      const name = inside.slice(0, close).trim();
      if (!NAME.test(name)) {
        throw new TemplateError(
          'a variable is named by 1 to 64 letters, digits, `_`, `.` or `-` (write `{{{{` for a literal `{{`)',
          open,
        );
      }
      parts.push(literal, name);
      literal = '';
      from = open + 2 + close + 2;
    }
    open = text.indexOf('{{', from);
  }
  parts.push(literal + text.slice(from));
  return parts;
}

/** The names in a template, in order, repeated as they are. */
export function variablesOf(template: Template): string[] {
  return template.filter((_, index) => index % 2 === 1);
}

/** The text with `value(name)` for every variable. */
export function fillTemplate(template: Template, value: (name: string) => string): string {
  return template.map((part, index) => (index % 2 === 1 ? value(part) : part)).join('');
}

/**
 * The values for one device. A custom value may supply a built-in variable that the record lacks (an `imsi`, say) but
 * may not say anything else than the record: such names come back as `clashes`, sorted.
 */
export function variableValues(
  source: VariableSource,
  custom: Readonly<Record<string, string>>,
): { readonly ok: true; readonly values: Record<string, string> } | { readonly ok: false; readonly clashes: string[] } {
  const imei = /^(?:urn:)?imei:(.+)$/i.exec(source.deviceId ?? '')?.[1];
  const known: Record<BuiltInVariable, string | undefined> = {
    deviceId: source.deviceId,
    imei,
    imsi: source.imsi,
    msisdn: source.msisdn,
    serverId: source.serverId,
  };
  const values = new Map(Object.entries(custom));
  const clashes: string[] = [];
  for (const [name, value] of Object.entries(known)) {
    if (value === undefined) continue;
    if ((values.get(name) ?? value) !== value) clashes.push(name);
    values.set(name, value);
  }
  // fromEntries defines properties, so a variable called `__proto__` is a value like any other.
  return clashes.length > 0 ? { ok: false, clashes: clashes.sort() } : { ok: true, values: Object.fromEntries(values) };
}
