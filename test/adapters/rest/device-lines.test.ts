import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinCsvLine, splitCsvLine, unguarded } from '../../../src/adapters/rest/device-lines/csv.ts';
import { CsvColumns } from '../../../src/adapters/rest/device-lines/device-columns.ts';
import { TextDeviceLineReader } from '../../../src/adapters/rest/device-lines/device-line-reader.ts';
import { MAX_LINE_BYTES, splitLines } from '../../../src/adapters/rest/device-lines/split-lines.ts';
import type { DeviceLine, DeviceLines } from '../../../src/services/ports/device-lines.ts';
import type { ImportFormat } from '../../../src/services/ports/import-store.ts';

async function* inChunks(octets: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < octets.length; from += size) yield octets.subarray(from, from + size);
}

async function read(format: ImportFormat, text: string | Uint8Array, after = 0) {
  const batches: DeviceLines[] = [];
  const octets = typeof text === 'string' ? Buffer.from(text) : text;
  for await (const batch of new TextDeviceLineReader().read(format, inChunks(octets, 7), after)) batches.push(batch);
  return { lines: batches.flatMap(({ lines }) => lines), refused: batches.flatMap(({ refused }) => refused), batches };
}

const only = async (format: ImportFormat, text: string): Promise<DeviceLine> => {
  const { lines, refused } = await read(format, text);
  expect(refused).toEqual([]);
  const [line] = lines;
  if (line === undefined || lines.length > 1) throw new Error(`${lines.length} lines`);
  return line;
};

describe('lines', () => {
  it('are the same whatever chunks they come in, with either end, and the last one without', async () => {
    const octets = Buffer.from('\ufeffä\r\n\nb\u{1f4f1}\nlast');
    for (let size = 1; size <= octets.length; size++) {
      const lines = [];
      for await (const some of splitLines(inChunks(octets, size))) lines.push(...some);
      expect(lines.map(({ line, text }) => [line, text])).toEqual([
        [1, 'ä'],
        [2, ''],
        [3, 'b\u{1f4f1}'],
        [4, 'last'],
      ]);
      expect(lines.map(({ position }) => position)).toEqual([7, 8, 14, 18]);
    }
  });

  it('that are too long or not UTF-8 are told apart, and those behind them are read', async () => {
    const long = Buffer.alloc(3 * MAX_LINE_BYTES, 'x');
    const octets = Buffer.concat([long, Buffer.from('\nb\n'), Buffer.of(0xff, 0x0a), Buffer.from('c')]);
    for (const size of [1_000, 70_000, octets.length]) {
      const lines = [];
      for await (const some of splitLines(inChunks(octets, size))) lines.push(...some);
      expect(lines.map(({ text, reason }) => text ?? reason)).toEqual([
        'longer than 65536 octets',
        'b',
        'not UTF-8',
        'c',
      ]);
      expect(lines.at(-1)?.position).toBe(octets.length);
    }
  });
});

describe('a line of CSV', () => {
  const fields = fc.array(
    fc.string({ unit: fc.constantFrom('a', '"', ',', ';', "'", '=', '+', '-', '@', ' ', 'ü', '1'), maxLength: 5 }),
    {
      minLength: 1,
      maxLength: 4,
    },
  );

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fields, (written) => {
        const read = splitCsvLine(joinCsvLine(written), ',');
        expect(read).toEqual(expect.any(Array));
        expect((read as readonly string[]).map(unguarded)).toEqual(written);
      }),
      { numRuns: 2_000 },
    );
  });

  it('starts no field as a formula but numbers with a plus', () => {
    fc.assert(
      fc.property(fields, (written) => {
        for (const field of splitCsvLine(joinCsvLine(written), ',') as readonly string[]) {
          expect(/^[=+\-@\t\r]/.test(field) && !/^\+?[0-9]+$/.test(field)).toBe(false);
        }
      }),
    );
    expect(joinCsvLine(['=1+1', '+4917', '-1', '@x', "'=", 'a,"b'])).toBe(`'=1+1,+4917,'-1,'@x,''=,"a,""b"`);
  });

  it.each([
    ['a,"b', 3, 'a quote that is not closed'],
    ['a,"b"c', 6, 'text behind a closing quote'],
    ['a,b"c', 4, 'a quote inside a field'],
  ])('%j is none', (line, column, reason) => {
    expect(splitCsvLine(line, ',')).toEqual({ column, reason: expect.stringContaining(reason) });
  });

  it('may end in an empty field, in quotes or not', () => {
    expect(splitCsvLine('"a",', ',')).toEqual(['a', '']);
    expect(splitCsvLine('a,""', ',')).toEqual(['a', '']);
    expect(splitCsvLine('', ',')).toEqual(['']);
  });
});

describe('the head of a CSV', () => {
  it.each([
    ['msisdn', /there has to be a column deviceId/],
    ['deviceId,colour', /column 2 \("colour"\) is none of deviceId, .*attributes\.<key>/],
    ['deviceId,msisdn,MSISDN', /column 3 \(MSISDN\) is there twice/],
    ['deviceId,attributes.ü', /column 2/],
    ['deviceId,"msisdn', /Line 1, column 10: a quote that is not closed/],
    ['', /column 1/],
  ])('%j is refused', (head, message) => {
    expect(() => new CsvColumns(head)).toThrow(message);
  });
});

describe('a file of devices', () => {
  it('says in CSV what a registration says', async () => {
    const head =
      'DeviceID;msisdn;tags;attributes.floor;attributes;timeZone;auth;clientUsername;clientPassword;serverPassword;man';
    const line = `A;"+491";b|a | b;3;"{""room"":""1""}";UTC;md5;u;p;q;Acme`;
    expect(await only('csv', `${head}\n${line}\n`)).toEqual({
      line: 2,
      deviceId: 'A',
      patch: {
        msisdn: '+491',
        tags: ['a', 'b'],
        attributes: { floor: '3', room: '1' },
        timeZone: 'UTC',
        auth: 'md5',
        client: { username: 'u', password: 'p' },
        server: { password: 'q' },
      },
      registration: {
        deviceId: 'A',
        msisdn: '+491',
        tags: ['b', 'a', 'b'],
        attributes: { floor: '3', room: '1' },
        timeZone: 'UTC',
        account: { auth: 'md5', client: { username: 'u', password: 'p' }, server: { password: 'q' } },
      },
    });
    expect(await only('csv', 'deviceId,msisdn,tags\nA,,\n')).toMatchObject({
      patch: {},
      registration: { deviceId: 'A' },
    });
  });

  it('says in NDJSON what a change says; what only exports tell is passed over', async () => {
    const told = { createdAt: 'x', devInfo: { man: 'Acme' }, bootstrap: { state: 'none' } };
    const said = {
      deviceId: 'A',
      msisdn: null,
      tags: null,
      attributes: { a: null, b: 'c' },
      dm: { client: { password: 'p' } },
    };
    const line = await only('ndjson', `${JSON.stringify({ ...said, ...told })}\n`);
    expect(line.patch).toEqual({ msisdn: null, tags: [], attributes: { a: null, b: 'c' }, client: { password: 'p' } });
    expect(line.registration).toBe('For a new device dm.auth is needed.');
  });

  it('has its bad lines told by number, device and reason, and all the good ones kept', async () => {
    const csv = [
      'deviceId,msisdn,attributes',
      'A,123',
      'B,xyz',
      '',
      'C,123,nonsense',
      'D,1,2,3,4',
      ',123',
      '"E,1',
      'F,456',
    ];
    const { lines, refused } = await read('csv', csv.join('\r\n'));
    expect(lines.map(({ line, deviceId }) => [line, deviceId])).toEqual([
      [2, 'A'],
      [9, 'F'],
    ]);
    expect(refused).toEqual([
      { line: 3, deviceId: 'B', reason: expect.stringMatching(/^msisdn: Expected a phone number/) },
      { line: 5, reason: 'attributes: Expected a JSON object.' },
      { line: 6, reason: 'It has 5 fields, more than the 3 columns of line 1.' },
      { line: 7, reason: 'deviceId: Expected text.' },
      { line: 8, reason: 'Column 1: a quote that is not closed.' },
    ]);
    const json = ['{"deviceId":"A"}', '{"deviceId":"B","colour":1}', '{"deviceId":', '[]', '"x"', '{"deviceId":"C"}'];
    const second = await read('ndjson', json.join('\n'));
    expect(second.lines.map(({ deviceId }) => deviceId)).toEqual(['A', 'C']);
    expect(second.refused).toEqual([
      { line: 2, deviceId: 'B', reason: 'colour: Nothing of that name is taken.' },
      { line: 3, reason: expect.stringMatching(/^It is not JSON: column \d+: /) },
      { line: 4, reason: 'Expected an object.' },
      { line: 5, reason: 'Expected an object.' },
    ]);
  });

  it('is read on behind a line, with the head of its CSV known', async () => {
    const csv = ['msisdn,deviceId', ...Array.from({ length: 1_200 }, (_, n) => `123,D${n}`)].join('\n');
    const { batches } = await read('csv', csv);
    expect(batches.map(({ line }) => line)).toEqual([501, 1_001, 1_201]);
    expect(batches.at(-1)?.position).toBe(csv.length);
    const rest = await read('csv', csv, 1_001);
    expect(rest.lines.map(({ line }) => line)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1_002));
    expect(rest.lines[0]).toMatchObject({ deviceId: 'D1000', patch: { msisdn: '123' } });
  });

  it('is read whatever octets are in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('csv', 'ndjson'), async (octets, format) => {
        const head = format === 'csv' ? 'deviceId,msisdn,attributes\n' : '';
        const { lines, refused } = await read(format as ImportFormat, Buffer.concat([Buffer.from(head), octets]));
        expect(lines.length + refused.length).toBeLessThanOrEqual(201);
      }),
      { numRuns: 300 },
    );
  });
});
