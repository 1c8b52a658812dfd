import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, defaultPublicUrl, readConfig, SETTING_NAMES } from '../src/config.ts';

/** 32 octets, 0 to 31. */
const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

function faultsOf(env: Record<string, string>, checks = {}): ConfigError {
  try {
    readConfig(env, checks);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('readConfig', () => {
  it('needs no setting at all', () => {
    expect(readConfig({})).toEqual({
      adminUser: 'admin',
      host: '127.0.0.1',
      port: 8080,
      dataDir: '.data',
      dmServerId: 'omadm',
      minAuth: 'basic',
      authScope: 'session',
      requireHttps: false,
      trustedProxies: [],
      gzipReplies: false,
      logLevel: 'info',
      maxMessageBytes: 1_048_576,
      maxObjectBytes: 16_777_216,
      maxUploadBytes: 5_242_880,
      maxImportBytes: 1_073_741_824,
      campaignBacklog: 5_000,
      pushMaxAttempts: 8,
      pushUncertain: 'resend',
      retriggerAfterMs: 900_000,
      retriggerMax: 3,
      deliveryTtlMs: 604_800_000,
      sessionSilenceMs: 900_000,
      webhookPrivateAddresses: false,
      retainMs: {
        sessions: 30 * 86_400_000,
        deliveries: 180 * 86_400_000,
        pushes: 90 * 86_400_000,
        alerts: 90 * 86_400_000,
        incoming: 30 * 86_400_000,
        events: 90 * 86_400_000,
        audit: 365 * 86_400_000,
        campaigns: 365 * 86_400_000,
      },
    });
  });

  it('reads every setting', () => {
    expect(
      readConfig({
        HOST: '::',
        PORT: '0',
        PUBLIC_URL: 'https://dm.example.net/device/',
        DATABASE_URL: 'postgresql://u:p@h:5432/omadm?sslmode=require',
        DATA_DIR: '/var/lib/omadm',
        DM_RESP_URI: 'https://dm-1.example.net/dm',
        DM_SERVER_ID: 'com.example.dm',
        MIN_AUTH: 'md5',
        AUTH_SCOPE: 'message',
        REQUIRE_HTTPS: 'true',
        SMPP_URL: 'ssmpp://esme:p%40ss@smsc.example:3550?window=10',
        PUSH_MAX_ATTEMPTS: '5',
        PUSH_UNCERTAIN: 'fail',
        RETRIGGER_AFTER: '2h',
        RETRIGGER_MAX: '0',
        SECRET_KEY: KEY,
        ADMIN_TOKEN: 'a-token',
        ADMIN_USER: 'ada',
        ADMIN_PASSWORD: 'correct horse',
        RETAIN_AUDIT: '45d',
        TLS_CERT_FILE: '/etc/tls/cert.pem',
        TLS_KEY_FILE: '/etc/tls/key.pem',
        TLS_MIN_VERSION: 'TLSv1.1',
        TLS_CLIENT_CA_FILE: '/etc/tls/devices.pem',
        TRUSTED_PROXIES: '10.0.0.0/8, ::1',
        GZIP_REPLIES: 'true',
        LOG_LEVEL: 'debug',
        MAX_MESSAGE_BYTES: '65536',
        MAX_OBJ_SIZE: '4096',
        MAX_UPLOAD_BYTES: '1048576',
        MAX_IMPORT_BYTES: '2097152',
        CAMPAIGN_BACKLOG: '700',
        DELIVERY_TTL: '36h',
        SESSION_SILENCE: '90s',
        WEBHOOK_PRIVATE_ADDRESSES: 'true',
        RETAIN_SESSIONS: '1h',
        RETAIN_DELIVERIES: 'never',
        RETAIN_PUSHES: '2d',
        RETAIN_ALERTS: 'never',
        RETAIN_INCOMING: '3d',
        RETAIN_EVENTS: '4d',
        RETAIN_CAMPAIGNS: '5d',
      }),
    ).toEqual({
      host: '::',
      port: 0,
      publicUrl: 'https://dm.example.net/device',
      databaseUrl: 'postgresql://u:p@h:5432/omadm?sslmode=require',
      dataDir: '/var/lib/omadm',
      dmRespUri: 'https://dm-1.example.net/dm',
      dmServerId: 'com.example.dm',
      minAuth: 'md5',
      authScope: 'message',
      requireHttps: true,
      smppUrl: 'ssmpp://esme:p%40ss@smsc.example:3550?window=10',
      secretKey: Uint8Array.from({ length: 32 }, (_, n) => n),
      adminToken: 'a-token',
      adminUser: 'ada',
      adminPassword: 'correct horse',
      tls: {
        certFile: '/etc/tls/cert.pem',
        keyFile: '/etc/tls/key.pem',
        minVersion: 'TLSv1.1',
        clientCaFile: '/etc/tls/devices.pem',
      },
      trustedProxies: ['10.0.0.0/8', '::1'],
      gzipReplies: true,
      logLevel: 'debug',
      maxMessageBytes: 65_536,
      maxObjectBytes: 4_096,
      maxUploadBytes: 1_048_576,
      maxImportBytes: 2_097_152,
      campaignBacklog: 700,
      pushMaxAttempts: 5,
      pushUncertain: 'fail',
      retriggerAfterMs: 7_200_000,
      retriggerMax: 0,
      deliveryTtlMs: 129_600_000,
      sessionSilenceMs: 90_000,
      webhookPrivateAddresses: true,
      retainMs: {
        sessions: 3_600_000,
        pushes: 172_800_000,
        incoming: 259_200_000,
        events: 345_600_000,
        audit: 45 * 86_400_000,
        campaigns: 432_000_000,
      },
    });
  });

  it('treats an empty variable as one that is not set', () => {
    const empty = Object.fromEntries(SETTING_NAMES.map((name) => [name, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it('looks at nothing but its own variables', () => {
    expect(readConfig({ PATH: '/bin', port: '1', HOSTNAME: 'x' })).toEqual(readConfig({}));
  });

  it('reports every fault at once: variable, value and what is expected', () => {
    const { message, faults } = faultsOf({
      PORT: '80800',
      HOST: 'two words',
      PUBLIC_URL: 'dm.example.net',
      LOG_LEVEL: 'loud',
      DELIVERY_TTL: '7 days',
      TLS_CERT_FILE: 'cert.pem',
    });
    expect(faults.map(({ variable }) => variable)).toEqual([
      'HOST',
      'PORT',
      'PUBLIC_URL',
      'LOG_LEVEL',
      'DELIVERY_TTL',
      'TLS_KEY_FILE',
    ]);
    expect(message).toBe(`6 settings cannot be used:
  HOST="two words": expected a host name or address, e.g. 127.0.0.1
  PORT="80800": expected a whole number from 0 to 65535
  PUBLIC_URL="dm.example.net": expected an http:// or https:// URL without query or fragment
  LOG_LEVEL="loud": expected one of fatal, error, warn, info, debug, trace, silent
  DELIVERY_TTL="7 days": expected a duration from 60s to 366d: a whole number and s, m, h or d
  TLS_KEY_FILE: not set; TLS_CERT_FILE is, and one needs the other`);
  });

  it.each([
    ['DATABASE_URL', 'mysql://u:HIDDEN@h/x'],
    ['SMPP_URL', 'http://u:HIDDEN@h'],
    ['SECRET_KEY', 'HIDDEN'],
    ['ADMIN_TOKEN', 'HIDDEN with blanks'],
  ])('says that %s is wrong without showing it', (name, value) => {
    const error = faultsOf({ [name]: value, ...(name === 'DATABASE_URL' ? { SECRET_KEY: KEY } : {}) });
    expect(error.message).toContain(`${name}: expected`);
    expect(error.message).toContain('(the value is not shown)');
    expect(JSON.stringify(error) + error.message + error.stack).not.toContain('HIDDEN');
  });

  it.each([
    ['31 octets', Buffer.alloc(31).toString('base64')],
    ['33 octets', Buffer.alloc(33).toString('base64')],
    ['no padding', KEY.replace('=', '')],
    ['hexadecimal', Buffer.alloc(32).toString('hex')],
  ])('refuses a SECRET_KEY of %s', (_, value) => {
    expect(faultsOf({ SECRET_KEY: value }).faults.map(({ variable }) => variable)).toEqual(['SECRET_KEY']);
  });

  it('needs a SECRET_KEY beside a DATABASE_URL', () => {
    expect(faultsOf({ DATABASE_URL: 'postgres://h/x' }).message).toContain('SECRET_KEY: not set');
    expect(readConfig({ DATABASE_URL: 'postgres://h/x', SECRET_KEY: KEY }).databaseUrl).toBe('postgres://h/x');
  });

  it.each([
    ['25 octets', 'x'.repeat(25)],
    ['25 octets in 13 letters', `${'ü'.repeat(12)}x`],
    ['a blank', 'om adm'],
    ['a colon, which would end it too early in a digest', 'om:adm'],
    ...['=', '&', '*', '+'].map((sign) => [`a ${sign}, which means something in access control lists`, `om${sign}`]),
  ])('refuses a DM_SERVER_ID with %s', (_, value) => {
    expect(faultsOf({ DM_SERVER_ID: value }).faults[0]?.variable).toBe('DM_SERVER_ID');
  });

  it('takes a DM_SERVER_ID of 24 octets', () => {
    expect(readConfig({ DM_SERVER_ID: 'x'.repeat(24) }).dmServerId).toHaveLength(24);
  });

  it.each(['-1', '1e3', '0x50', ' 80', '65536', '8080.0', 'http'])('refuses PORT=%j', (value) => {
    expect(faultsOf({ PORT: value }).faults).toHaveLength(1);
  });

  it.each(['0', '59m', 'Never', '40000d'])('refuses RETAIN_SESSIONS=%j', (value) => {
    expect(faultsOf({ RETAIN_SESSIONS: value }).faults).toMatchObject([{ variable: 'RETAIN_SESSIONS' }]);
  });

  it.each(['5', '5w', '-5m', '30s', '367d', '1.5h'])('refuses DELIVERY_TTL=%j', (value) => {
    expect(faultsOf({ DELIVERY_TTL: value }).faults).toHaveLength(1);
  });

  it('needs a certificate of its own to ask for those of clients', () => {
    const { faults } = faultsOf({ TLS_CLIENT_CA_FILE: 'devices.pem' });
    expect(faults.map(({ variable }) => variable)).toEqual(['TLS_CERT_FILE', 'TLS_KEY_FILE']);
  });

  it.each([
    '10.0.0.1,',
    'proxy.example',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/-1',
    '1.2.3',
    'fe80::1%eth0',
    '10.0.0.0/8/8',
  ])('refuses TRUSTED_PROXIES=%j', (value) => {
    expect(faultsOf({ TRUSTED_PROXIES: value }).faults.map(({ variable }) => variable)).toEqual(['TRUSTED_PROXIES']);
  });

  it.each(['SSLv3', 'TLS1.2', '1.2'])('refuses TLS_MIN_VERSION=%j', (value) => {
    expect(faultsOf({ TLS_MIN_VERSION: value }).faults).toHaveLength(1);
  });

  it('reports the faults an adapter finds beside its own', () => {
    const checks = { SMPP_URL: () => ['the port is 0', 'option colour is not known'], DATABASE_URL: () => ['never'] };
    const { message } = faultsOf({ SMPP_URL: 'smpp://a:HIDDEN@h:0?colour=red', PORT: 'x' }, checks);
    expect(message).toBe(`3 settings cannot be used:
  PORT="x": expected a whole number from 0 to 65535
  SMPP_URL: the port is 0
  SMPP_URL: option colour is not known`);
  });

  it('keeps a long slip short and on one line', () => {
    const { message } = faultsOf({ PORT: `x\n${'y'.repeat(1_000)}` });
    expect(message.split('\n')).toHaveLength(2);
    expect(message.length).toBeLessThan(200);
  });
});

describe('defaultPublicUrl', () => {
  it('is the address of the listener', () => {
    expect(defaultPublicUrl({ host: '127.0.0.1' }, 8080)).toBe('http://127.0.0.1:8080');
    expect(defaultPublicUrl({ host: '::1', tls: { certFile: 'c', keyFile: 'k' } }, 443)).toBe('https://[::1]:443');
  });
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const lines = [...example.matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)];

  it('lists every setting, and no other', () => {
    expect(lines.map(([, , name]) => name).sort()).toEqual([...SETTING_NAMES].sort());
  });

  it('gives the defaults', () => {
    const given = lines.filter(([, mark]) => mark === '').map(([, , name, value]) => [name, value]);
    expect(readConfig(Object.fromEntries(given))).toEqual(readConfig({}));
  });
});
