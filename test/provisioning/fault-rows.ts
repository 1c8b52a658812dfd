import { expect } from 'vitest';
import { compileDocument } from '../../src/provisioning/compile-document.ts';
import type { FaultCode } from '../../src/provisioning/fault.ts';

export type FaultRow = readonly [
  sentence: string,
  document: string,
  line: number,
  column: number,
  code: FaultCode,
  reason: RegExp,
];

export const item = (uri: string, rest = '') => `<Item><Target><LocURI>${uri}</LocURI></Target>${rest}</Item>`;
export const add = (uri: string, rest = '') => `<Add>\n${item(uri, rest)}\n</Add>`;
export const data = (format: string, value: string) => `<Meta><Format>${format}</Format></Meta>\n<Data>${value}</Data>`;
export const body = (...commands: string[]) => `<SyncBody>\n${commands.join('\n')}\n</SyncBody>`;
export const delivered = item('./A', '<Data>1</Data>');

export function expectOneFault([, document, line, column, code, reason]: FaultRow): void {
  const result = compileDocument(document);
  expect(result).toEqual({ ok: false, faults: [expect.objectContaining({ line, column, code })] });
  expect(result.ok ? '' : result.faults[0]?.message).toMatch(reason);
}

/**
 * Kinds of faults of which only one file of tests has a document. The file holds that it has one of each, and
 * compile-faults.test.ts that nothing is missing.
 */
export const FAULTS_OF = {
  commands: [
    'bad-alert',
    'bad-alert-option',
    'bad-cmd-id',
    'duplicate-cmd-id',
    'duplicate-correlator',
    'empty-group',
    'get-in-atomic',
    'missing-data',
    'missing-item',
    'missing-source',
    'missing-target',
    'nested-atomic',
    'nested-sequence',
    'not-in-atomic',
    'too-many-items',
  ],
  values: ['bad-data', 'bad-loc-uri', 'bad-size', 'bad-variable', 'unexpected-data', 'unknown-format'],
} as const satisfies Record<string, readonly FaultCode[]>;
