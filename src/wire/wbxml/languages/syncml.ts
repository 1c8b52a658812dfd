import type { LanguageTable, TagRow } from '../language.ts';
import { DM_DDF_NAMESPACE, DM_DDF_TAGS } from './dm-ddf.ts';
import { METINF_1_0_TAGS, METINF_1_1_TAGS, METINF_1_2_TAGS, METINF_NAMESPACE } from './metinf.ts';

/** SyncML Representation Protocol 1.0, WBXML definition: page 0. 0x30 is reserved. */
const REPRESENTATION_1_0_TAGS = [
  { page: 0, token: 0x05, name: 'Add' },
  { page: 0, token: 0x06, name: 'Alert' },
  { page: 0, token: 0x07, name: 'Archive' },
  { page: 0, token: 0x08, name: 'Atomic' },
  { page: 0, token: 0x09, name: 'Chal' },
  { page: 0, token: 0x0a, name: 'Cmd' },
  { page: 0, token: 0x0b, name: 'CmdID' },
  { page: 0, token: 0x0c, name: 'CmdRef' },
  { page: 0, token: 0x0d, name: 'Copy' },
  { page: 0, token: 0x0e, name: 'Cred' },
  { page: 0, token: 0x0f, name: 'Data' },
  { page: 0, token: 0x10, name: 'Delete' },
  { page: 0, token: 0x11, name: 'Exec' },
  { page: 0, token: 0x12, name: 'Final' },
  { page: 0, token: 0x13, name: 'Get' },
  { page: 0, token: 0x14, name: 'Item' },
  { page: 0, token: 0x15, name: 'Lang' },
  { page: 0, token: 0x16, name: 'LocName' },
  { page: 0, token: 0x17, name: 'LocURI' },
  { page: 0, token: 0x18, name: 'Map' },
  { page: 0, token: 0x19, name: 'MapItem' },
  { page: 0, token: 0x1a, name: 'Meta' },
  { page: 0, token: 0x1b, name: 'MsgID' },
  { page: 0, token: 0x1c, name: 'MsgRef' },
  { page: 0, token: 0x1d, name: 'NoResp' },
  { page: 0, token: 0x1e, name: 'NoResults' },
  { page: 0, token: 0x1f, name: 'Put' },
  { page: 0, token: 0x20, name: 'Replace' },
  { page: 0, token: 0x21, name: 'RespURI' },
  { page: 0, token: 0x22, name: 'Results' },
  { page: 0, token: 0x23, name: 'Search' },
  { page: 0, token: 0x24, name: 'Sequence' },
  { page: 0, token: 0x25, name: 'SessionID' },
  { page: 0, token: 0x26, name: 'SftDel' },
  { page: 0, token: 0x27, name: 'Source' },
  { page: 0, token: 0x28, name: 'SourceRef' },
  { page: 0, token: 0x29, name: 'Status' },
  { page: 0, token: 0x2a, name: 'Sync' },
  { page: 0, token: 0x2b, name: 'SyncBody' },
  { page: 0, token: 0x2c, name: 'SyncHdr' },
  { page: 0, token: 0x2d, name: 'SyncML' },
  { page: 0, token: 0x2e, name: 'Target' },
  { page: 0, token: 0x2f, name: 'TargetRef' },
  { page: 0, token: 0x31, name: 'VerDTD' },
  { page: 0, token: 0x32, name: 'VerProto' },
] as const satisfies readonly TagRow[];

/** SyncML Representation Protocol 1.1 adds large objects and the change count. */
const REPRESENTATION_1_1_TAGS = [
  ...REPRESENTATION_1_0_TAGS,
  { page: 0, token: 0x33, name: 'NumberOfChanges' },
  { page: 0, token: 0x34, name: 'MoreData' },
] as const satisfies readonly TagRow[];

/** OMA-TS-SyncML_RepPro 1.2 adds filters, moves and the alert's correlator. */
const REPRESENTATION_1_2_TAGS = [
  ...REPRESENTATION_1_1_TAGS,
  { page: 0, token: 0x35, name: 'Field' },
  { page: 0, token: 0x36, name: 'Filter' },
  { page: 0, token: 0x37, name: 'Record' },
  { page: 0, token: 0x38, name: 'FilterType' },
  { page: 0, token: 0x39, name: 'SourceParent' },
  { page: 0, token: 0x3a, name: 'TargetParent' },
  { page: 0, token: 0x3b, name: 'Move' },
  { page: 0, token: 0x3c, name: 'Correlator' },
] as const satisfies readonly TagRow[];

export const SYNCML_1_0 = {
  name: 'syncml-1.0',
  publicId: 0x0fd1,
  publicIdText: '-//SYNCML//DTD SyncML 1.0//EN',
  namespaces: [
    { page: 0, namespace: 'SYNCML:SYNCML1.0' },
    { page: 1, namespace: METINF_NAMESPACE },
  ],
  tags: [...REPRESENTATION_1_0_TAGS, ...METINF_1_0_TAGS],
} as const satisfies LanguageTable;

export const SYNCML_1_1 = {
  name: 'syncml-1.1',
  publicId: 0x0fd3,
  publicIdText: '-//SYNCML//DTD SyncML 1.1//EN',
  namespaces: [
    { page: 0, namespace: 'SYNCML:SYNCML1.1' },
    { page: 1, namespace: METINF_NAMESPACE },
  ],
  tags: [...REPRESENTATION_1_1_TAGS, ...METINF_1_1_TAGS],
} as const satisfies LanguageTable;

/** Page 2 carries a management tree inside `Data` (OMA-TS-DM_TND 1.2, WBXML definition). */
export const SYNCML_1_2 = {
  name: 'syncml-1.2',
  publicId: 0x1201,
  publicIdText: '-//SYNCML//DTD SyncML 1.2//EN',
  namespaces: [
    { page: 0, namespace: 'SYNCML:SYNCML1.2' },
    { page: 1, namespace: METINF_NAMESPACE },
    { page: 2, namespace: DM_DDF_NAMESPACE },
  ],
  tags: [...REPRESENTATION_1_2_TAGS, ...METINF_1_2_TAGS, ...DM_DDF_TAGS],
} as const satisfies LanguageTable;

/** Every element name of the representation protocol. */
export type SyncmlTagName = (typeof REPRESENTATION_1_2_TAGS)[number]['name'];
