import type { LanguageTable, TagRow } from '../language.ts';

/** Meta Information (SyncML Meta Information DTD 1.0/1.1 and OMA-TS-SyncML_MetaInfo 1.2, WBXML definitions): always page 1. */
export const METINF_1_0_TAGS = [
  { page: 1, token: 0x05, name: 'Anchor' },
  { page: 1, token: 0x06, name: 'EMI' },
  { page: 1, token: 0x07, name: 'Format' },
  { page: 1, token: 0x08, name: 'FreeID' },
  { page: 1, token: 0x09, name: 'FreeMem' },
  { page: 1, token: 0x0a, name: 'Last' },
  { page: 1, token: 0x0b, name: 'Mark' },
  { page: 1, token: 0x0c, name: 'MaxMsgSize' },
  { page: 1, token: 0x0d, name: 'Mem' },
  { page: 1, token: 0x0e, name: 'MetInf' },
  { page: 1, token: 0x0f, name: 'Next' },
  { page: 1, token: 0x10, name: 'NextNonce' },
  { page: 1, token: 0x11, name: 'SharedMem' },
  { page: 1, token: 0x12, name: 'Size' },
  { page: 1, token: 0x13, name: 'Type' },
  { page: 1, token: 0x14, name: 'Version' },
] as const satisfies readonly TagRow[];

/** Large objects came with 1.1. */
export const METINF_1_1_TAGS = [
  ...METINF_1_0_TAGS,
  { page: 1, token: 0x15, name: 'MaxObjSize' },
] as const satisfies readonly TagRow[];

export const METINF_1_2_TAGS = [
  ...METINF_1_1_TAGS,
  { page: 1, token: 0x16, name: 'FieldLevel' },
] as const satisfies readonly TagRow[];

export const METINF_NAMESPACE = 'syncml:metinf';

/** Meta Information as a document of its own; only 1.2 has a registered number. */
export const METINF_1_2 = {
  name: 'metinf-1.2',
  publicId: 0x1202,
  publicIdText: '-//SYNCML//DTD MetInf 1.2//EN',
  namespaces: [{ page: 1, namespace: METINF_NAMESPACE }],
  tags: METINF_1_2_TAGS,
} as const satisfies LanguageTable;
