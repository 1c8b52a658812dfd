import type { LanguageTable } from '../language.ts';

/** Service Loading (WAP-168-ServiceLoad, 9.3 WBXML encoding). */
export const SL_1_0 = {
  name: 'sl-1.0',
  publicId: 0x06,
  publicIdText: '-//WAPFORUM//DTD SL 1.0//EN',
  namespaces: [{ page: 0, namespace: '' }],
  tags: [{ page: 0, token: 0x05, name: 'sl' }],
  attributes: [
    { page: 0, token: 0x05, name: 'action', value: 'execute-low' },
    { page: 0, token: 0x06, name: 'action', value: 'execute-high' },
    { page: 0, token: 0x07, name: 'action', value: 'cache' },
    { page: 0, token: 0x08, name: 'href' },
    { page: 0, token: 0x09, name: 'href', value: 'http://' },
    { page: 0, token: 0x0a, name: 'href', value: 'http://www.' },
    { page: 0, token: 0x0b, name: 'href', value: 'https://' },
    { page: 0, token: 0x0c, name: 'href', value: 'https://www.' },
  ],
  attributeValues: [
    { page: 0, token: 0x85, value: '.com/' },
    { page: 0, token: 0x86, value: '.edu/' },
    { page: 0, token: 0x87, value: '.net/' },
    { page: 0, token: 0x88, value: '.org/' },
  ],
} as const satisfies LanguageTable;
