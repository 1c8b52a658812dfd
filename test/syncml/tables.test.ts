import { describe, expect, it } from 'vitest';
import { ALERT, ALERTS } from '../../src/syncml/alert-codes.ts';
import { DM_MEDIA_TYPES, parseContentType } from '../../src/syncml/media-type.ts';
import { explainStatus, isSuccess, STATUS, STATUSES } from '../../src/syncml/status-codes.ts';
import { VERSION_NAMES, versionOf } from '../../src/syncml/version.ts';

describe('statuses', () => {
  it('stand once each, in order', () => {
    const codes: number[] = STATUSES.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
  });

  it('are all in the table when the code names them', () => {
    const codes: number[] = STATUSES.map(({ code }) => code);
    for (const code of Object.values(STATUS)) expect(codes).toContain(code);
  });

  it('are explained by name and meaning, also those that nobody has heard of', () => {
    expect(explainStatus(404)).toBe('Not found. There is no such node on the device.');
    expect(explainStatus(299)).toBe('Status 299, a success that the specification does not name.');
    expect(explainStatus(499)).toContain('a refusal');
    expect(explainStatus(599)).toContain('a failure of the device');
    expect(explainStatus(Number.NaN)).toContain('an answer');
  });

  it('are a success only when the command was carried out', () => {
    for (const code of [200, 201, 202, 204, 212]) expect(isSuccess(code), String(code)).toBe(true);
    for (const code of [101, 214, 215, 216, 304, 401, 404, 418, 500, 507, Number.NaN]) {
      expect(isSuccess(code), String(code)).toBe(false);
    }
  });
});

describe('alerts', () => {
  it('stand once each, and those the code names are among them', () => {
    const codes: number[] = ALERTS.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    for (const code of Object.values(ALERT)) expect(codes).toContain(code);
  });
});

describe('content types', () => {
  it('are the four of the HTTP binding', () => {
    expect(DM_MEDIA_TYPES).toHaveLength(4);
    for (const mediaType of DM_MEDIA_TYPES) {
      expect(parseContentType(mediaType)).toEqual({
        mediaType,
        encoding: mediaType.endsWith('+xml') ? 'xml' : 'wbxml',
      });
    }
  });

  it('may have parameters and capitals', () => {
    expect(parseContentType(' Application/vnd.syncml.DM+xml ; charset="utf-8"')).toEqual({
      mediaType: 'application/vnd.syncml.dm+xml',
      encoding: 'xml',
    });
  });

  it.each(['', ';', 'text/xml', 'application/xml', 'application/vnd.syncml.dm', 'constructor', '__proto__'])(
    'do not include %j',
    (header) => {
      expect(parseContentType(header)).toBeUndefined();
    },
  );
});

describe('versions', () => {
  it('are named by both header fields together', () => {
    for (const version of ['1.1', '1.2'] as const) expect(versionOf(VERSION_NAMES[version])).toBe(version);
    expect(versionOf({ verDtd: '1.1', verProto: 'DM/1.2' })).toBeUndefined();
    expect(versionOf({ verDtd: '1.2', verProto: 'SyncML/1.2' })).toBeUndefined();
  });
});
