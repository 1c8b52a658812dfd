import type { LanguageTable } from '../language.ts';

/** Cache Operation (WAP-175-CacheOp, 8.3 WBXML encoding). */
export const CO_1_0 = {
  name: 'co-1.0',
  publicId: 0x07,
  publicIdText: '-//WAPFORUM//DTD CO 1.0//EN',
  namespaces: [{ page: 0, namespace: '' }],
  tags: [
    { page: 0, token: 0x05, name: 'co' },
    { page: 0, token: 0x06, name: 'invalidate-object' },
    { page: 0, token: 0x07, name: 'invalidate-service' },
  ],
  attributes: [
    { page: 0, token: 0x05, name: 'uri' },
    { page: 0, token: 0x06, name: 'uri', value: 'http://' },
    { page: 0, token: 0x07, name: 'uri', value: 'http://www.' },
    { page: 0, token: 0x08, name: 'uri', value: 'https://' },
    { page: 0, token: 0x09, name: 'uri', value: 'https://www.' },
  ],
  attributeValues: [
    { page: 0, token: 0x85, value: '.com/' },
    { page: 0, token: 0x86, value: '.edu/' },
    { page: 0, token: 0x87, value: '.net/' },
    { page: 0, token: 0x88, value: '.org/' },
  ],
} as const satisfies LanguageTable;
