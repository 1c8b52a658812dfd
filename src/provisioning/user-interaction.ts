/** A question to the user, or a text for him (OMA-TS-DM_Protocol, 10.2): the Items it is made of. */
export interface UserInteraction {
  readonly minItems: number;
  /** Absent: as many as there are choices, or as the device takes. */
  readonly maxItems?: number;
  readonly items: string;
}

const TEXT_ONLY = { minItems: 2, maxItems: 2, items: 'an Item of options (may be empty) and one of text' } as const;
const CHOICE = {
  minItems: 3,
  items: 'an Item of options (may be empty), one of text and one for each choice',
} as const;

/** By alert code. The first Item holds the options, the second the text, a choice has its choices after that. */
export const USER_INTERACTIONS: Readonly<Record<string, UserInteraction>> = {
  '1100': TEXT_ONLY,
  '1101': TEXT_ONLY,
  '1102': { minItems: 2, items: TEXT_ONLY.items },
  '1103': CHOICE,
  '1104': CHOICE,
};

type OptionCheck = (value: string, alert: { readonly code: string; readonly choices: number }) => string | undefined;

/** Options in the first Item (OMA-TS-DM_Protocol, 10.3). Each check returns what the value has to be, or undefined. */
const OPTIONS: Readonly<Record<string, OptionCheck>> = {
  MINDT: positiveNumber('of seconds'),
  MAXDT: positiveNumber('of seconds'),
  DR: (value, { code, choices }) => {
    switch (code) {
      case '1101':
        return /^[01]$/.test(value) ? undefined : '1 (yes) or 0 (no) in a confirmation';
      case '1103':
        return isChoice(value, choices) ? undefined : `the number of a choice, 1 to ${choices}`;
      case '1104': {
        const chosen = value.split('-');
        const fits = chosen.every((one) => isChoice(one, choices)) && new Set(chosen).size === chosen.length;
        return fits ? undefined : `numbers of choices, 1 to ${choices}, each once and joined by "-"`;
      }
      case '1100':
        return 'left out: a text that is only shown has no answer';
      default:
        return undefined;
    }
  },
  MAXLEN: positiveNumber('of characters'),
  IT: oneOf(
    'A (any characters), N (digits), D (a date), T (a time), P (a phone number) or I (an IP address)',
    'ANDTPI',
  ),
  ET: oneOf('T (shown as text) or P (hidden like a password)', 'TP'),
};

export interface OptionFault {
  /** In a sentence that cites no value. */
  readonly reason: string;
  /** What stands there instead. */
  readonly found?: string;
}

/**
 * What is wrong with the options of a user interaction. An option of a name that is not defined
 * is let pass: devices skip what they do not know, and vendors have some of their own.
 *
 * @param text the URL-encoded string of the first Item; an option with a variable in it is left for later, see
 *   `instantiateCommands`
 * @param choices how many there are to choose from
 */
export function optionFaults(code: string, text: string, choices: number): OptionFault[] {
  if (text.trim() === '') return [];
  const faults: OptionFault[] = [];
  const values = new Map<string, string>();
  for (const option of text.trim().split('&')) {
    const equals = option.indexOf('=');
    const written = equals < 0 ? option : option.slice(0, equals);
    const name = decoded(written);
    const value = equals < 0 ? undefined : decoded(option.slice(equals + 1));
    if (option.includes('{{')) continue;
    if (name === undefined || name === '' || value === undefined) {
      faults.push({ reason: 'an option is written NAME=value, URL-encoded and joined by "&"', found: option });
      continue;
    }
    const check = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (check === undefined) {
      const meant = name.toUpperCase();
      if (Object.hasOwn(OPTIONS, meant)) faults.push({ reason: `the option is called ${meant}`, found: name });
      continue;
    }
    if (values.has(name)) faults.push({ reason: `the option ${name} is given twice` });
    values.set(name, value);
    const wanted = check(value, { code, choices });
    if (wanted !== undefined) faults.push({ reason: `the option ${name} has to be ${wanted}`, found: value });
  }
  return faults.length > 0 ? faults : contradictions(values);
}

/** Each value is fine by itself, but not beside the others. */
function contradictions(values: ReadonlyMap<string, string>): OptionFault[] {
  const number = (name: string): number => Number(values.get(name) ?? Number.NaN);
  const faults: OptionFault[] = [];
  if (number('MINDT') > number('MAXDT'))
    faults.push({ reason: 'MINDT, the least time to show it, is longer than MAXDT' });
  if ([...(values.get('DR') ?? '')].length > number('MAXLEN'))
    faults.push({ reason: 'DR, the default answer, is longer than MAXLEN' });
  return faults;
}

function positiveNumber(what: string): OptionCheck {
  return (value) => (/^0*[1-9]\d{0,8}$/.test(value) ? undefined : `a positive whole number ${what}`);
}

function oneOf(described: string, letters: string): OptionCheck {
  return (value) => (value.length === 1 && letters.includes(value) ? undefined : described);
}

function isChoice(value: string, choices: number): boolean {
  return /^[1-9]\d{0,5}$/.test(value) && Number(value) <= choices;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
