import type { DeviceLine, DeviceLineReader, DeviceLines } from '../../../services/ports/device-lines.ts';
import type { ImportFormat, RefusedLine } from '../../../services/ports/import-store.ts';
import { jsonFault } from '../json-fault.ts';
import { CsvColumns } from './device-columns.ts';
import { readDeviceLine } from './device-line.ts';
import { splitLines, type TextLine } from './split-lines.ts';

/** Lines handed on together: the process does nothing else while it reads them. */
const BATCH = 500;

/** Reads CSV and NDJSON, a line a device. */
export class TextDeviceLineReader implements DeviceLineReader {
  async *read(format: ImportFormat, octets: AsyncIterable<Uint8Array>, after: number): AsyncGenerator<DeviceLines> {
    const reader = format === 'csv' ? new CsvReader() : new NdjsonReader();
    let batch = emptyBatch();
    for await (const some of splitLines(octets)) {
      for (const line of some) {
        const found = reader.read(line, line.line <= after);
        if (line.line <= after) continue;
        batch.line = line.line;
        batch.position = line.position;
        if (typeof found === 'string') batch.refused.push({ line: line.line, reason: found });
        else if (found !== undefined) {
          if ('reason' in found) batch.refused.push(found);
          else batch.lines.push(found);
        }
        if (batch.lines.length + batch.refused.length < BATCH) continue;
        yield batch;
        batch = emptyBatch();
      }
    }
    if (batch.line > 0) yield batch;
  }
}

interface LineReader {
  /** Undefined: it says nothing of a device. Text: why it is refused. */
  read(line: TextLine, isPassedOver: boolean): DeviceLine | RefusedLine | string | undefined;
}

class CsvReader implements LineReader {
  #columns: CsvColumns | undefined;

  read({ line, text, reason }: TextLine, isPassedOver: boolean): DeviceLine | RefusedLine | string | undefined {
    if (this.#columns === undefined) {
      this.#columns = new CsvColumns(text ?? '');
      return undefined;
    }
    if (isPassedOver || text === '') return undefined;
    if (text === undefined) return `The line is ${reason}.`;
    const record = this.#columns.record(text);
    return typeof record === 'string' ? record : outcomeOf(line, record);
  }
}

class NdjsonReader implements LineReader {
  read({ line, text, reason }: TextLine, isPassedOver: boolean): DeviceLine | RefusedLine | string | undefined {
    if (isPassedOver || text === '') return undefined;
    if (text === undefined) return `The line is ${reason}.`;
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch {
      const fault = jsonFault(text);
      return `It is not JSON${fault === undefined ? '' : `: column ${fault.column}: ${fault.reason}`}.`;
    }
    return outcomeOf(line, record);
  }
}

/** Refused lines say which device they are about, as far as that can be told. */
function outcomeOf(line: number, record: unknown): DeviceLine | RefusedLine {
  const found = readDeviceLine(line, record);
  if (typeof found !== 'string') return found;
  const { deviceId } = record as { readonly deviceId?: unknown };
  return { line, ...(typeof deviceId === 'string' && { deviceId: deviceId.slice(0, 255) }), reason: found };
}

function emptyBatch(): { lines: DeviceLine[]; refused: RefusedLine[]; line: number; position: number } {
  return { lines: [], refused: [], line: 0, position: 0 };
}
