import type { DmVersion } from './message.ts';

/** What stands in the header and in the document for each protocol version (OMA-TS-DM_RepPro, 6.1). */
export interface VersionNames {
  readonly verDtd: string;
  readonly verProto: string;
  readonly namespace: string;
}

export const VERSION_NAMES: Readonly<Record<DmVersion, VersionNames>> = {
  '1.1': { verDtd: '1.1', verProto: 'DM/1.1', namespace: 'SYNCML:SYNCML1.1' },
  '1.2': { verDtd: '1.2', verProto: 'DM/1.2', namespace: 'SYNCML:SYNCML1.2' },
};

export const METINF_NAMESPACE = 'syncml:metinf';

/** The version both header fields name together; undefined when they disagree or name another protocol. */
export function versionOf(header: { readonly verDtd: string; readonly verProto: string }): DmVersion | undefined {
  if (header.verDtd === '1.1' && header.verProto === 'DM/1.1') return '1.1';
  if (header.verDtd === '1.2' && header.verProto === 'DM/1.2') return '1.2';
  return undefined;
}
