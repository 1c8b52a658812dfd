import type { DeviceRegistration } from '../new-devices.ts';
import type { DevicePatch } from './device-store.ts';
import type { ImportFormat, RefusedLine } from './import-store.ts';

/** A line that can be read. */
export interface DeviceLine {
  readonly line: number;
  readonly deviceId: string;
  readonly patch: DevicePatch;
  /** What a new device would be; text: why there can be none of it. */
  readonly registration: DeviceRegistration | string;
}

/** Some lines that follow one another. */
export interface DeviceLines {
  readonly lines: readonly DeviceLine[];
  readonly refused: readonly RefusedLine[];
  /** The number of the last line, and the octet behind it. */
  readonly line: number;
  readonly position: number;
}

/** A file that cannot be read at all, e.g. a CSV whose head names columns that are not known. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** Reads files of devices. */
export interface DeviceLineReader {
  /**
   * @param after lines that are passed over: they have been dealt with
   * @throws UnreadableFile
   */
  read(format: ImportFormat, octets: AsyncIterable<Uint8Array>, after: number): AsyncIterable<DeviceLines>;
}
