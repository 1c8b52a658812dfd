import type { LanguageTable } from '../language.ts';

/** Service Indication (WAP-167-ServiceInd, 9.3 WBXML encoding). */
export const SI_1_0 = {
  name: 'si-1.0',
  publicId: 0x05,
  publicIdText: '-//WAPFORUM//DTD SI 1.0//EN',
  namespaces: [{ page: 0, namespace: '' }],
  tags: [
    { page: 0, token: 0x05, name: 'si' },
    { page: 0, token: 0x06, name: 'indication' },
    { page: 0, token: 0x07, name: 'info' },
    { page: 0, token: 0x08, name: 'item' },
  ],
  attributes: [
    { page: 0, token: 0x05, name: 'action', value: 'signal-none' },
    { page: 0, token: 0x06, name: 'action', value: 'signal-low' },
    { page: 0, token: 0x07, name: 'action', value: 'signal-medium' },
    { page: 0, token: 0x08, name: 'action', value: 'signal-high' },
    { page: 0, token: 0x09, name: 'action', value: 'delete' },
    { page: 0, token: 0x0a, name: 'created', opaque: 'datetime' },
    { page: 0, token: 0x0b, name: 'href' },
    { page: 0, token: 0x0c, name: 'href', value: 'http://' },
    { page: 0, token: 0x0d, name: 'href', value: 'http://www.' },
    { page: 0, token: 0x0e, name: 'href', value: 'https://' },
    { page: 0, token: 0x0f, name: 'href', value: 'https://www.' },
    { page: 0, token: 0x10, name: 'si-expires', opaque: 'datetime' },
    { page: 0, token: 0x11, name: 'si-id' },
    { page: 0, token: 0x12, name: 'class' },
  ],
  attributeValues: [
    { page: 0, token: 0x85, value: '.com/' },
    { page: 0, token: 0x86, value: '.edu/' },
    { page: 0, token: 0x87, value: '.net/' },
    { page: 0, token: 0x88, value: '.org/' },
  ],
} as const satisfies LanguageTable;
