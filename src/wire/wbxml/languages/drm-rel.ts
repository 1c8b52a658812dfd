import type { LanguageTable } from '../language.ts';

/**
 * Rights objects of OMA DRM 1.0 (OMA-Download-DRMREL, WBXML encoding). The tokens stand for names with their prefix, and the
 * declarations of the prefixes are attributes like any other: the language knows nothing of namespaces.
 */
export const DRM_REL_1_0 = {
  name: 'drm-rel-1.0',
  publicId: 0x0e,
  publicIdText: '-//OMA//DTD DRMREL 1.0//EN',
  namespaces: [{ page: 0, namespace: '' }],
  tags: [
    { page: 0, token: 0x05, name: 'o-ex:rights' },
    { page: 0, token: 0x06, name: 'o-ex:context' },
    { page: 0, token: 0x07, name: 'o-dd:version' },
    { page: 0, token: 0x08, name: 'o-dd:uid' },
    { page: 0, token: 0x09, name: 'o-ex:agreement' },
    { page: 0, token: 0x0a, name: 'o-ex:asset' },
    { page: 0, token: 0x0b, name: 'ds:KeyInfo' },
    { page: 0, token: 0x0c, name: 'ds:KeyValue' },
    { page: 0, token: 0x0d, name: 'o-ex:permission' },
    { page: 0, token: 0x0e, name: 'o-dd:play' },
    { page: 0, token: 0x0f, name: 'o-dd:display' },
    { page: 0, token: 0x10, name: 'o-dd:execute' },
    { page: 0, token: 0x11, name: 'o-dd:print' },
    { page: 0, token: 0x12, name: 'o-ex:constraint' },
    { page: 0, token: 0x13, name: 'o-dd:count' },
    { page: 0, token: 0x14, name: 'o-dd:datetime' },
    { page: 0, token: 0x15, name: 'o-dd:start' },
    { page: 0, token: 0x16, name: 'o-dd:end' },
    { page: 0, token: 0x17, name: 'o-dd:interval' },
  ],
  attributes: [
    { page: 0, token: 0x05, name: 'xmlns:o-ex' },
    { page: 0, token: 0x06, name: 'xmlns:o-dd' },
    { page: 0, token: 0x07, name: 'xmlns:ds' },
  ],
  attributeValues: [
    { page: 0, token: 0x85, value: 'http://odrl.net/1.1/ODRL-EX' },
    { page: 0, token: 0x86, value: 'http://odrl.net/1.1/ODRL-DD' },
    { page: 0, token: 0x87, value: 'http://www.w3.org/2000/09/xmldsig#/' },
  ],
} as const satisfies LanguageTable;
