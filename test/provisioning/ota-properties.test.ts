import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { otaPushDocument } from '../../src/provisioning/ota/build-ota-document.ts';
import { checkOtaSettings } from '../../src/provisioning/ota/check-settings.ts';
import { describeSettings } from '../../src/provisioning/ota/describe-settings.ts';
import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';
import { decodePushDocument, encodePushDocument } from '../../src/provisioning/push/push-document.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { arbitraryOtaSettings } from './arbitrary-ota-settings.ts';
import { FULL_SETTINGS } from './ota-samples.ts';
import { provFaultsOf } from './prov-faults.ts';

describe('any settings', () => {
  it('that are in order make a document that keeps the rules and comes back from WBXML and from XML', () => {
    fc.assert(
      fc.property(arbitraryOtaSettings, (settings) => {
        expect(checkOtaSettings(settings)).toEqual([]);
        const { root } = otaPushDocument(settings);
        expect(provFaultsOf(root)).toEqual([]);
        expect(decodePushDocument('provisioning', encodePushDocument(otaPushDocument(settings))).root).toEqual(root);
        expect(decodeXml(encodeXml(root, { indent: true })).root).toEqual(root);
        const ids = [...encodeXml(root).matchAll(/name="(?:NAPID|PROXY-ID|PHYSICAL-PROXY-ID)" value="([^"]*)"/g)];
        expect(new Set(ids.map(([, id]) => id)).size).toBe(ids.length);
        expect(describeSettings(settings)).not.toContain('undefined');
      }),
      { numRuns: 150 },
    );
  });
});

describe('settings for a human', () => {
  it('are a plain text with everything to type in', () => {
    expect(describeSettings(FULL_SETTINGS)).toBe(`Settings: Operator

Internet connection
  Connection type: packet data (GPRS)
  Access point name (APN): internet.op.test
  User name: guest
  Password: guest
  Authentication: CHAP
  Default connection: yes

Proxy
  Type: HTTP proxy
  Address: 10.1.1.1
  Port: 3128

Browser
  Home page: http://start.op.test/?a=1&b=2
  Bookmark "Self care – Kundenkonto": https://my.op.test/
  User name: joe
  Password: book

Multimedia messages
  Message centre (MMSC): http://mmsc.op.test/
  Largest message: 307200 octets

Instant messages and presence
  Server: http://im.op.test/
  User name: joe
  Password: chat
  Services: IM, PS

Synchronisation (SyncML)
  Server: http://ds.op.test/ds
  Port: 8080
  User name: joe
  Password: sync
  Database "Contacts": ./card (text/x-vcard)
  Database "./cal": ./cal (text/x-vcalendar, text/calendar)

E-mail
  Address: joe@op.test
  Name: Joe
  Answers to: joe.private@op.test

Incoming e-mail (POP3)
  Server: pop.op.test
  Port: 995
  Security: SSL/TLS
  User name: joe
  Password: mail

Outgoing e-mail (SMTP)
  Server: smtp.op.test
  Port: 587
  Security: STARTTLS
  User name: joe
  Password: mail
  Authentication: LOGIN

Device management (OMA DM)
  Name: Operations
  Server id: omadm
  Server address: https://dm.op.test/dm
  User name: phone
  Password: dm
  Server password: s3cret
  Authentication: MD5

Settings of the manufacturer: Acme
  COLOUR: red
  FAST: on

Client identity
  Client id: device-7

Root certificates
  To install: 1 (sent as files)
`);
  });

  it('say the defaults that a device asks for', () => {
    const settings: OtaSettings = {
      proxy: { type: 'wsp', address: '10.1.1.1' },
      email: {
        address: 'u@op.test',
        incoming: { protocol: 'imap4', host: 'imap.op.test', security: 'tls', username: 'u' },
      },
    };
    expect(describeSettings(settings)).toBe(`Proxy
  Type: WAP gateway, connection-oriented
  Address: 10.1.1.1
  Port: 9201

E-mail
  Address: u@op.test

Incoming e-mail (IMAP4)
  Server: imap.op.test
  Port: 993
  Security: SSL/TLS
  User name: u
`);
  });
});
