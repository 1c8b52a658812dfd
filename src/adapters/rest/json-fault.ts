/** Where a text stops being JSON. Never holds a piece of the text: it may be a secret. */
export interface JsonFault {
  /** In UTF-16 units, from 0. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them inside a string (RFC 8259, 7)
const INSIDE_STRING = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const STRING = new RegExp(`"${INSIDE_STRING.source}"`, 'y');
const WORD = /true|false|null/y;
const BLANKS = /[ \t\n\r]*/y;

type Expectation = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

/**
 * The first place where a text breaks RFC 8259, or undefined when it does not. Linear in time, and without recursion,
 * so that depth costs memory only.
 *
 * The engine's own message will not do: it cites the text around the fault, and does not always give a position.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expectation = 'value';
  let at = 0;
  const fault = (reason: string, offset = at): JsonFault => ({ offset, ...position(text, offset), reason });
  const afterValue = (): Expectation => (open.length === 0 ? 'nothing' : 'comma-or-end');

  while (true) {
    at = after(BLANKS, text, at) ?? at;
    const character = text[at];
    if (character === undefined) {
      return expected === 'nothing' ? undefined : fault(`the text ends where ${EXPECTED[expected]} should follow`);
    }
    switch (expected) {
      case 'nothing':
        return fault('something follows the end of the JSON text');
      case 'colon':
        if (character !== ':') return fault(`${EXPECTED.colon} should stand here`);
        at += 1;
        expected = 'value';
        break;
      case 'comma-or-end': {
        const inObject = open.at(-1) === '{';
        if (character === ',') expected = inObject ? 'key' : 'value';
        else if (character === (inObject ? '}' : ']')) {
          open.pop();
          expected = afterValue();
        } else return fault(`"," or "${inObject ? '}' : ']'}" should stand here`);
        at += 1;
        break;
      }
      case 'key':
      case 'key-or-end': {
        if (character === '}' && expected === 'key-or-end') {
          open.pop();
          expected = afterValue();
          at += 1;
          break;
        }
        if (character !== '"') return fault(`${EXPECTED[expected]} should stand here`);
        const end = after(STRING, text, at);
        if (end === undefined) return brokenString(text, at, fault);
        at = end;
        expected = 'colon';
        break;
      }
      case 'value':
      case 'value-or-end': {
        if (character === '{' || character === '[') {
          open.push(character);
          expected = character === '{' ? 'key-or-end' : 'value-or-end';
          at += 1;
          break;
        }
        if (character === ']' && expected === 'value-or-end') {
          open.pop();
          expected = afterValue();
          at += 1;
          break;
        }
        const end = after(character === '"' ? STRING : WORD, text, at) ?? after(NUMBER, text, at);
        if (end === undefined) {
          return character === '"' ? brokenString(text, at, fault) : fault(`${EXPECTED[expected]} should stand here`);
        }
        at = end;
        expected = afterValue();
        break;
      }
    }
  }
}

const EXPECTED: Readonly<Record<Exclude<Expectation, 'nothing'>, string>> = {
  value: 'a value',
  'value-or-end': 'a value or "]"',
  key: 'a name in double quotes',
  'key-or-end': 'a name in double quotes or "}"',
  colon: '":"',
  'comma-or-end': '"," or the closing bracket',
};

function brokenString(text: string, start: number, fault: (reason: string, offset: number) => JsonFault): JsonFault {
  const end = after(INSIDE_STRING, text, start + 1) ?? start + 1;
  if (end >= text.length) return fault('a string is not closed', start);
  return text[end] === '\\'
    ? fault('an escape that JSON does not have', end)
    : fault('a control character inside a string', end);
}

function after(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function position(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (let next = text.indexOf('\n'); next >= 0 && next < offset; next = text.indexOf('\n', start)) {
    line += 1;
    start = next + 1;
  }
  return { line, column: offset - start + 1 };
}
