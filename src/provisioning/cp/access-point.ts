import type { Element } from '../../wire/element.ts';
import { BootstrapAccountError } from '../dm-account.ts';
import { characteristic, parm } from './cp-element.ts';

/** How a device reaches the network: a packet data access point. */
export interface AccessPoint {
  /** What other parts of the document call it (NAPID); default `dm`. */
  readonly id?: string;
  /** For the user. */
  readonly name: string;
  readonly apn: string;
  /** Default: the network asks for nothing. */
  readonly auth?: {
    readonly type: 'PAP' | 'CHAP' | 'MS-CHAP';
    readonly username: string;
    readonly password: string;
  };
}

export const DEFAULT_ACCESS_POINT_ID = 'dm';

/**
 * The NAPDEF of a GPRS access point (OMA-WAP-TS-ProvCont-V1_1, 4.6.3).
 *
 * @throws BootstrapAccountError
 */
export function buildNapdef(accessPoint: AccessPoint): Element {
  checkAccessPoint(accessPoint);
  const { id = DEFAULT_ACCESS_POINT_ID, name, apn, auth } = accessPoint;
  return characteristic(
    'NAPDEF',
    parm('NAPID', id),
    parm('BEARER', 'GSM-GPRS'),
    parm('NAME', name),
    parm('NAP-ADDRESS', apn),
    parm('NAP-ADDRTYPE', 'APN'),
    auth &&
      characteristic(
        'NAPAUTHINFO',
        parm('AUTHTYPE', auth.type),
        parm('AUTHNAME', auth.username),
        parm('AUTHSECRET', auth.password),
      ),
  );
}

/** Everything but the characters of XML 1.0, section 2.2, without line ends. */
const NOT_ONE_LINE = /[^\t\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
/** 3GPP TS 23.003, 9.1: labels as in the DNS, 100 octets at most. */
const APN = /^(?=.{1,100}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** @throws BootstrapAccountError which names the field and quotes no value */
export function checkAccessPoint({ id, name, apn, auth }: AccessPoint): void {
  const texts = {
    'connection.name': name,
    ...(id !== undefined && { 'connection.id': id }),
    ...(auth && { 'connection.username': auth.username, 'connection.password': auth.password }),
  };
  for (const [field, value] of Object.entries(texts)) {
    if (value === '') throw new BootstrapAccountError(field, 'is empty');
    if (NOT_ONE_LINE.test(value)) {
      throw new BootstrapAccountError(field, 'has a character that XML cannot carry in a line');
    }
  }
  if (!APN.test(apn)) {
    throw new BootstrapAccountError('connection.apn', 'is letters, digits, dots and hyphens, 100 at most');
  }
}
