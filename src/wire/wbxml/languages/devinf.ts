import type { LanguageTable, TagRow } from '../language.ts';

/** SyncML Device Information DTD 1.0, WBXML definition, without `Size`, whose token 1.2 gave a new name. */
const DEVINF_COMMON_TAGS = [
  { page: 0, token: 0x05, name: 'CTCap' },
  { page: 0, token: 0x06, name: 'CTType' },
  { page: 0, token: 0x07, name: 'DataStore' },
  { page: 0, token: 0x08, name: 'DataType' },
  { page: 0, token: 0x09, name: 'DevID' },
  { page: 0, token: 0x0a, name: 'DevInf' },
  { page: 0, token: 0x0b, name: 'DevTyp' },
  { page: 0, token: 0x0c, name: 'DisplayName' },
  { page: 0, token: 0x0d, name: 'DSMem' },
  { page: 0, token: 0x0e, name: 'Ext' },
  { page: 0, token: 0x0f, name: 'FwV' },
  { page: 0, token: 0x10, name: 'HwV' },
  { page: 0, token: 0x11, name: 'Man' },
  { page: 0, token: 0x12, name: 'MaxGUIDSize' },
  { page: 0, token: 0x13, name: 'MaxID' },
  { page: 0, token: 0x14, name: 'MaxMem' },
  { page: 0, token: 0x15, name: 'Mod' },
  { page: 0, token: 0x16, name: 'OEM' },
  { page: 0, token: 0x17, name: 'ParamName' },
  { page: 0, token: 0x18, name: 'PropName' },
  { page: 0, token: 0x19, name: 'Rx' },
  { page: 0, token: 0x1a, name: 'Rx-Pref' },
  { page: 0, token: 0x1b, name: 'SharedMem' },
  { page: 0, token: 0x1d, name: 'SourceRef' },
  { page: 0, token: 0x1e, name: 'SwV' },
  { page: 0, token: 0x1f, name: 'SyncCap' },
  { page: 0, token: 0x20, name: 'SyncType' },
  { page: 0, token: 0x21, name: 'Tx' },
  { page: 0, token: 0x22, name: 'Tx-Pref' },
  { page: 0, token: 0x23, name: 'ValEnum' },
  { page: 0, token: 0x24, name: 'VerCT' },
  { page: 0, token: 0x25, name: 'VerDTD' },
  { page: 0, token: 0x26, name: 'XNam' },
  { page: 0, token: 0x27, name: 'XVal' },
] as const satisfies readonly TagRow[];

const SIZE = { page: 0, token: 0x1c, name: 'Size' } as const satisfies TagRow;

/** SyncML Device Information DTD 1.1 adds what a device can do with large objects and times. */
const DEVINF_1_1_ADDED_TAGS = [
  { page: 0, token: 0x28, name: 'UTC' },
  { page: 0, token: 0x29, name: 'SupportNumberOfChanges' },
  { page: 0, token: 0x2a, name: 'SupportLargeObjs' },
] as const satisfies readonly TagRow[];

/** OMA-TS-DS_DevInf 1.2. */
const DEVINF_1_2_ADDED_TAGS = [
  { page: 0, token: 0x1c, name: 'MaxSize' },
  { page: 0, token: 0x2b, name: 'Property' },
  { page: 0, token: 0x2c, name: 'PropParam' },
  { page: 0, token: 0x2d, name: 'MaxOccur' },
  { page: 0, token: 0x2e, name: 'NoTruncate' },
  { page: 0, token: 0x30, name: 'Filter-Rx' },
  { page: 0, token: 0x31, name: 'FilterCap' },
  { page: 0, token: 0x32, name: 'FilterKeyword' },
  { page: 0, token: 0x33, name: 'FieldLevel' },
  { page: 0, token: 0x34, name: 'SupportHierarchicalSync' },
] as const satisfies readonly TagRow[];

const DEVINF_NAMESPACE = { page: 0, namespace: 'syncml:devinf' } as const;

export const DEVINF_1_0 = {
  name: 'devinf-1.0',
  publicId: 0x0fd2,
  publicIdText: '-//SYNCML//DTD DevInf 1.0//EN',
  namespaces: [DEVINF_NAMESPACE],
  tags: [...DEVINF_COMMON_TAGS, SIZE],
} as const satisfies LanguageTable;

export const DEVINF_1_1 = {
  name: 'devinf-1.1',
  publicId: 0x0fd4,
  publicIdText: '-//SYNCML//DTD DevInf 1.1//EN',
  namespaces: [DEVINF_NAMESPACE],
  tags: [...DEVINF_COMMON_TAGS, SIZE, ...DEVINF_1_1_ADDED_TAGS],
} as const satisfies LanguageTable;

export const DEVINF_1_2 = {
  name: 'devinf-1.2',
  publicId: 0x1203,
  publicIdText: '-//SYNCML//DTD DevInf 1.2//EN',
  namespaces: [DEVINF_NAMESPACE],
  tags: [...DEVINF_COMMON_TAGS, ...DEVINF_1_1_ADDED_TAGS, ...DEVINF_1_2_ADDED_TAGS],
} as const satisfies LanguageTable;
