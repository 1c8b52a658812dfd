import { checkCpDocument } from '../../src/provisioning/cp-document.ts';
import { ElementReader } from '../../src/provisioning/element-reader.ts';
import { FaultLog } from '../../src/provisioning/fault-log.ts';
import type { Element } from '../../src/wire/element.ts';

/** Faults of the specification's rules for a whole document. */
export function provFaultsOf(root: Element): string[] {
  const faults = new FaultLog(() => undefined, 100);
  checkCpDocument(root, faults, new ElementReader(faults), 'whole');
  return faults.sorted().map(({ code, message }) => `${code}: ${message}`);
}
