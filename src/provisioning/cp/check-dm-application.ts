import type { Element } from '../../wire/element.ts';
import { quoted } from '../fault.ts';
import type { FaultLog } from '../fault-log.ts';
import type { CpExtent } from './characteristics.ts';
import { characteristicsOf, parmValue } from './parms.ts';

/** OMA's registration of w7: who proves himself to whom with what stands there. */
const LEVELS = ['APPSRV', 'CLIENT', 'OBEX'];

/**
 * What a DM account, the application w7, needs beyond any application: whose it is, where to call, and credentials whose
 * direction is said.
 */
export function checkDmApplication(application: Element, faults: FaultLog, extent: CpExtent): void {
  if (extent === 'whole') checkWhole(application, faults);
  const seen = new Set<string>();
  for (const auth of characteristicsOf(application, 'APPAUTH')) {
    const level = parmValue(auth, 'AAUTHLEVEL');
    if (level !== undefined && !level.includes('{{')) {
      if (!LEVELS.includes(level)) {
        faults.add(auth, 'bad-parm', `AAUTHLEVEL is ${LEVELS.join(', ')}, not ${quoted(level)}`);
      } else if (seen.has(level)) {
        faults.add(auth, 'repeated-parm', `a second APPAUTH of the level ${level}`);
      }
      seen.add(level);
    }
  }
}

function checkWhole(application: Element, faults: FaultLog): void {
  if (parmValue(application, 'PROVIDER-ID') === undefined) {
    faults.add(application, 'missing-element', 'a DM account (w7) needs PROVIDER-ID, the id of the server');
  }
  const addresses = [application, ...characteristicsOf(application, 'APPADDR')].some(
    (element) => parmValue(element, 'ADDR') !== undefined,
  );
  if (!addresses) faults.add(application, 'missing-element', 'a DM account (w7) needs an ADDR, there or in an APPADDR');
  for (const auth of characteristicsOf(application, 'APPAUTH')) {
    if (parmValue(auth, 'AAUTHLEVEL') !== undefined) continue;
    faults.add(auth, 'missing-element', 'APPAUTH of a DM account (w7) needs AAUTHLEVEL');
  }
}
