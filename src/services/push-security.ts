import type { PushSecurity } from '../wire/wap/push-mac.ts';

/** What a push with settings can be keyed by, as the specification calls it (OMA-WAP-TS-ProvBoot-V1_1, 5.2), and `none`. */
export const SECURITY_METHODS = {
  none: undefined,
  NETWPIN: 'netwPin',
  USERPIN: 'userPin',
  USERNETWPIN: 'userNetwPin',
  USERPINMAC: 'userPinMac',
} as const satisfies Record<string, PushSecurity | undefined>;

export type SecurityName = keyof typeof SECURITY_METHODS;

export const SECURITY_NAMES = Object.keys(SECURITY_METHODS) as [SecurityName, ...SecurityName[]];
