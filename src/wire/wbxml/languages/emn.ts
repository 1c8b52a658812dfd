import type { LanguageTable } from '../language.ts';

/** E-Mail Notification (OMA-Push-EMN 1.0, WBXML encoding). */
export const EMN_1_0 = {
  name: 'emn-1.0',
  publicId: 0x0d,
  publicIdText: '-//WAPFORUM//DTD EMN 1.0//EN',
  namespaces: [{ page: 0, namespace: '' }],
  tags: [{ page: 0, token: 0x05, name: 'emn' }],
  attributes: [
    { page: 0, token: 0x05, name: 'timestamp', opaque: 'datetime' },
    { page: 0, token: 0x06, name: 'mailbox' },
    { page: 0, token: 0x07, name: 'mailbox', value: 'mailat:' },
    { page: 0, token: 0x08, name: 'mailbox', value: 'pop://' },
    { page: 0, token: 0x09, name: 'mailbox', value: 'imap://' },
    { page: 0, token: 0x0a, name: 'mailbox', value: 'http://' },
    { page: 0, token: 0x0b, name: 'mailbox', value: 'http://www.' },
    { page: 0, token: 0x0c, name: 'mailbox', value: 'https://' },
    { page: 0, token: 0x0d, name: 'mailbox', value: 'https://www.' },
  ],
  attributeValues: [
    { page: 0, token: 0x85, value: '.com' },
    { page: 0, token: 0x86, value: '.edu' },
    { page: 0, token: 0x87, value: '.net' },
    { page: 0, token: 0x88, value: '.org' },
  ],
} as const satisfies LanguageTable;
