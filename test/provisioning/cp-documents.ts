import type { AccessPoint } from '../../src/provisioning/cp/access-point.ts';
import type { BootstrapAccount } from '../../src/provisioning/dm-account.ts';

export const ACCOUNT: BootstrapAccount = {
  version: '1.1',
  serverId: 'omadm',
  name: 'Acme & sons',
  address: 'https://dm.test:8443/dm',
  auth: 'md5',
  client: { username: 'phone', password: 'p<w&1', nonce: Uint8Array.of(1, 2) },
  server: { password: 's3cret', nonce: Uint8Array.of(0, 255) },
};

export const ACCESS_POINT: AccessPoint = {
  name: 'Internet',
  apn: 'internet.operator.test',
  auth: { type: 'CHAP', username: 'web', password: 'w3b' },
};
