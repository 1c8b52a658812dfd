import type { DeviceFilter } from '../domain/device-filter.ts';
import { DeviceFilterError, parseDeviceFilter } from '../domain/parse-device-filter.ts';
import { AppError } from './app-error.ts';

/**
 * A filter as a caller wrote it.
 * @throws AppError `filter-invalid` with `position` (from 0) and `expected`
 */
export function readFilter(text: string): DeviceFilter {
  try {
    return parseDeviceFilter(text);
  } catch (error) {
    if (!(error instanceof DeviceFilterError)) throw error;
    const { position, expected } = error;
    throw new AppError('filter-invalid', error.message, { position, expected }, error);
  }
}
