import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeWbxml } from '../../../src/wire/wbxml/decode-wbxml.ts';

/** Inputs that once did harm, or nearly: every file says what they are about and what must come of them. */
interface Regression {
  readonly about: string;
  readonly hex: string;
  readonly code: string;
  readonly offset: number;
}

const folder = new URL('./regressions/', import.meta.url);

describe('inputs that once did harm', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('%s', (name) => {
    const { hex, code, offset } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Regression;
    expect(() => decodeWbxml(Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ name: 'WbxmlError', code, offset }),
    );
  });
});
