import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';

/** Made with `openssl req -x509`; its key was thrown away. DER in base64, and the SHA-1 that `sha1sum` says. */
export const CERTIFICATE =
  'MIIBfTCCASOgAwIBAgIUc2MzwJAoETVuzIPOCpZ25xLVYhkwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJVGVzdCBSb290MB4XDTI2MTEyMjA1NDMwMVoXDTM2MTExOTA1NDMwMVowFDESMBAGA1UEAwwJVGVzdCBSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEcXcnEzopHNs8rH6TDISo1NXzsJAy8S2BTx1aJNWrHiPZrIzgytZto03ka1bUE8V1ZkiJqQURajyZih+KSBpw8KNTMFEwHQYDVR0OBBYEFKqExhaSTM9T/WZMoOGMSZzKm1cuMB8GA1UdIwQYMBaAFKqExhaSTM9T/WZMoOGMSZzKm1cuMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPgaeLyWXVUtPlwjWQZRGQQxS1e36sEf4fXXS71ekTQDAiB2T24uuWaOuYJxfw3qrZ8gIxaA+q4u3DZWTrtJyEaaYA==';
export const CERTIFICATE_SHA1 = '413AD8B0B3C56330C88D97E4C55F8F112F981A9C';

/** Every section at once. */
export const FULL_SETTINGS: OtaSettings = {
  name: 'Operator',
  connection: {
    type: 'packet',
    apn: 'internet.op.test',
    username: 'guest',
    password: 'guest',
    auth: 'CHAP',
    isDefault: true,
  },
  proxy: { type: 'http', address: '10.1.1.1', port: 3128 },
  browser: {
    homePage: 'http://start.op.test/?a=1&b=2',
    bookmarks: [{ name: 'Self care – Kundenkonto', url: 'https://my.op.test/', username: 'joe', password: 'book' }],
  },
  mms: { url: 'http://mmsc.op.test/', maxSize: 307_200 },
  imps: { server: 'http://im.op.test/', username: 'joe', password: 'chat', services: ['IM', 'PS'] },
  sync: {
    server: 'http://ds.op.test/ds',
    port: 8080,
    username: 'joe',
    password: 'sync',
    databases: [
      { uri: './card', name: 'Contacts', contentTypes: ['text/x-vcard'] },
      { uri: './cal', contentTypes: ['text/x-vcalendar', 'text/calendar'] },
    ],
  },
  email: {
    address: 'joe@op.test',
    displayName: 'Joe',
    replyTo: 'joe.private@op.test',
    incoming: { protocol: 'pop3', host: 'pop.op.test', security: 'tls', username: 'joe', password: 'mail' },
    outgoing: { host: 'smtp.op.test', security: 'starttls', username: 'joe', password: 'mail', auth: 'LOGIN' },
  },
  deviceManagement: {
    name: 'Operations',
    serverId: 'omadm',
    address: 'https://dm.op.test/dm',
    client: { username: 'phone', password: 'dm', nonce: 'AQI=' },
    server: { password: 's3cret', nonce: 'AP8=' },
  },
  vendorConfigs: [{ name: 'Acme', parameters: { COLOUR: 'red', FAST: '' } }],
  clientIdentity: { clientId: 'device-7' },
  rootCertificates: [CERTIFICATE],
};
