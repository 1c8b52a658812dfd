import type { LanguageTable } from '../language.ts';

/**
 * Settings for SyncML, of Nokia and Ericsson (Over The Air Settings Specification 7.0, chapter 11.1, WBXML encoding).
 * Documents say public identifier 1, so the language has to be named to be read.
 */
export const SYNC_SETTINGS = {
  name: 'sync-settings',
  namespaces: [{ page: 0, namespace: '' }],
  tags: [
    { page: 0, token: 0x05, name: 'Addr' },
    { page: 0, token: 0x06, name: 'AddrType' },
    { page: 0, token: 0x07, name: 'Auth' },
    { page: 0, token: 0x08, name: 'AuthLevel' },
    { page: 0, token: 0x09, name: 'AuthScheme' },
    { page: 0, token: 0x0a, name: 'Bearer' },
    { page: 0, token: 0x0b, name: 'ConRef' },
    { page: 0, token: 0x0c, name: 'ConType' },
    { page: 0, token: 0x0d, name: 'Cred' },
    { page: 0, token: 0x0e, name: 'CTType' },
    { page: 0, token: 0x0f, name: 'CTVer' },
    { page: 0, token: 0x10, name: 'HostAddr' },
    { page: 0, token: 0x11, name: 'Name' },
    { page: 0, token: 0x12, name: 'Port' },
    { page: 0, token: 0x13, name: 'RefID' },
    { page: 0, token: 0x14, name: 'RemoteDB' },
    { page: 0, token: 0x15, name: 'SyncSettings' },
    { page: 0, token: 0x16, name: 'URI' },
    { page: 0, token: 0x17, name: 'Username' },
    { page: 0, token: 0x18, name: 'Version' },
  ],
} as const satisfies LanguageTable;
