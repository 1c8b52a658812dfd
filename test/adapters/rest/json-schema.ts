type Json = Record<string, unknown>;

const ANNOTATIONS = new Set(['description', 'examples', 'example', 'default', 'writeOnly', 'contentEncoding', 'title']);

/**
 * Checks a value against the part of JSON Schema 2020-12 that the document uses. A keyword it does not know is an
 * error, so nothing passes by being overlooked.
 */
export function schemaFaults(schema: Json, value: unknown, document: Json, at = ''): string[] {
  const faults: string[] = [];
  const say = (what: string): void => {
    faults.push(`${at === '' ? '(root)' : at}: ${what}`);
  };
  for (const [keyword, expected] of Object.entries(schema)) {
    switch (keyword) {
      case '$ref':
        faults.push(...schemaFaults(resolve(String(expected), document), value, document, at));
        break;
      case 'type': {
        const types = Array.isArray(expected) ? expected : [expected];
        if (!types.some((type) => isOfType(String(type), value))) say(`not of type ${types.join('|')}`);
        break;
      }
      case 'properties':
        if (!isObject(value)) break;
        for (const [name, inner] of Object.entries(expected as Record<string, Json>)) {
          if (name in value) faults.push(...schemaFaults(inner, value[name], document, `${at}/${name}`));
        }
        break;
      case 'required':
        for (const name of expected as string[]) if (isObject(value) && !(name in value)) say(`${name} is missing`);
        break;
      case 'additionalProperties': {
        if (!isObject(value)) break;
        const known = Object.keys((schema['properties'] as Json | undefined) ?? {});
        for (const [name, inner] of Object.entries(value)) {
          if (known.includes(name)) continue;
          if (expected === false) say(`${name} is not described`);
          else faults.push(...schemaFaults(expected as Json, inner, document, `${at}/${name}`));
        }
        break;
      }
      case 'propertyNames':
        if (!isObject(value)) break;
        for (const name of Object.keys(value)) {
          faults.push(...schemaFaults(expected as Json, name, document, `${at}/${name}`));
        }
        break;
      case 'items':
        if (!Array.isArray(value)) break;
        for (const [index, inner] of value.entries()) {
          faults.push(...schemaFaults(expected as Json, inner, document, `${at}/${index}`));
        }
        break;
      case 'anyOf':
        if (!(expected as Json[]).some((inner) => schemaFaults(inner, value, document, at).length === 0)) {
          say('fits none of anyOf');
        }
        break;
      case 'oneOf': {
        const fitting = (expected as Json[]).filter((inner) => schemaFaults(inner, value, document, at).length === 0);
        if (fitting.length !== 1) say(`fits ${fitting.length} of oneOf`);
        break;
      }
      case 'enum':
        if (!(expected as unknown[]).includes(value)) say(`${JSON.stringify(value)} is not in the enum`);
        break;
      case 'const':
        if (value !== expected) say(`is not ${JSON.stringify(expected)}`);
        break;
      case 'pattern':
        if (typeof value === 'string' && !new RegExp(String(expected), 'u').test(value)) say('breaks the pattern');
        break;
      case 'minItems':
        if (Array.isArray(value) && value.length < Number(expected)) say('too few');
        break;
      case 'maxItems':
        if (Array.isArray(value) && value.length > Number(expected)) say('too many');
        break;
      case 'minLength':
        if (typeof value === 'string' && value.length < Number(expected)) say('too short');
        break;
      case 'maxLength':
        if (typeof value === 'string' && value.length > Number(expected)) say('too long');
        break;
      case 'minimum':
        if (typeof value === 'number' && value < Number(expected)) say('too small');
        break;
      case 'maximum':
        if (typeof value === 'number' && value > Number(expected)) say('too large');
        break;
      case 'format':
        if (typeof value === 'string' && !isOfFormat(String(expected), value)) say(`not of format ${expected}`);
        break;
      default:
        if (!ANNOTATIONS.has(keyword)) throw new Error(`the checker does not know the keyword ${keyword} at ${at}`);
    }
  }
  return faults;
}

/** What a local reference leads to. Throws when it leads nowhere. */
export function resolve(reference: string, document: Json): Json {
  if (!reference.startsWith('#/')) throw new Error(`${reference} is not local`);
  let target: unknown = document;
  for (const segment of reference.slice(2).split('/')) {
    target = (target as Json | undefined)?.[segment.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  if (!isObject(target)) throw new Error(`${reference} leads nowhere`);
  return target;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isOfFormat(format: string, value: string): boolean {
  switch (format) {
    case 'uuid':
      return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
    case 'date-time':
      return !Number.isNaN(Date.parse(value)) && /T.*(?:Z|[+-]\d\d:\d\d)$/.test(value);
    case 'base64':
      return Buffer.from(value, 'base64').toString('base64') === value;
    case 'uri':
      return URL.canParse(value);
    case 'binary':
      return true;
    default:
      throw new Error(`the checker does not know the format ${format}`);
  }
}
