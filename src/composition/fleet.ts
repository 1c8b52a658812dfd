import type { JobLoop } from '../adapters/jobs/job-loop.ts';
import type { createPool } from '../adapters/pg/create-pool.ts';
import { PgDeviceFilterStore } from '../adapters/pg/pg-device-filter-store.ts';
import { PgFleetStore } from '../adapters/pg/pg-fleet-store.ts';
import { PgImportStore } from '../adapters/pg/pg-import-store.ts';
import { TextDeviceLineReader } from '../adapters/rest/device-lines/device-line-reader.ts';
import type { Config } from '../config.ts';
import { DeviceFilters } from '../services/device-filters.ts';
import { Fleet } from '../services/fleet.ts';
import { Imports } from '../services/imports.ts';
import { NewDevices } from '../services/new-devices.ts';
import type { Clock, Entropy } from '../services/ports/clock.ts';
import type { SecretBox } from '../services/ports/secret-box.ts';
import type { RunJob } from './jobs.ts';

const IMPORT_MS = 5_000;

export interface FleetServices {
  readonly fleet: Fleet;
  readonly filters: DeviceFilters;
  readonly imports: Imports;
}

/** What is done with many devices. */
export function fleetServices(
  pool: ReturnType<typeof createPool>,
  ports: { readonly box: SecretBox; readonly clock: Clock; readonly entropy: Entropy },
  config: Pick<Config, 'minAuth' | 'maxImportBytes'>,
): FleetServices {
  const filters = new DeviceFilters({ ...ports, filters: new PgDeviceFilterStore(pool) });
  return {
    filters,
    fleet: new Fleet({ ...ports, fleet: new PgFleetStore(pool), filters }),
    imports: new Imports(
      {
        ...ports,
        imports: new PgImportStore(pool, ports.box),
        lines: new TextDeviceLineReader(),
        newDevices: new NewDevices(ports, { minAuth: config.minAuth }),
      },
      { maxBytes: config.maxImportBytes },
    ),
  };
}

/** Works in files as they come, and those that another process has left. */
export function startImports(imports: Imports, run: RunJob): JobLoop {
  const loop = run({
    name: 'import-devices',
    everyMs: IMPORT_MS,
    run: async (signal) => ((await imports.workOne(signal)) ? new Date() : undefined),
  });
  imports.onQueued = () => loop.wake();
  return loop;
}
