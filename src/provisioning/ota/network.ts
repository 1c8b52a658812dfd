import { createHash } from 'node:crypto';
import type { Element } from '../../wire/element.ts';
import { characteristic, flag, parm } from '../cp/cp-element.ts';
import { isIPv4, isIPv6 } from './addresses.ts';
import type { ConnectionSettings, OtaSettings, ProxyType, RealProxy } from './ota-settings.ts';

/** What an application says about its way to the network. */
export interface Route {
  /** TO-PROXY */
  readonly proxyId?: string;
  /** TO-NAPID */
  readonly napId?: string;
}

/** The characteristics for the network, and the routes that applications take. */
export interface Network {
  readonly characteristics: readonly Element[];
  /** Of an application that speaks HTTP or WSP: through the proxy where there is one. */
  readonly web: Route;
  /** Of an application that speaks something else: past a proxy, but not past an empty one. */
  readonly direct: Route;
}

/** Any connection of the device that is for the internet (OMA-WAP-TS-ProvCont-V1_1, 4.6.10, TO-NAPID). */
const ANY_INTERNET_CONNECTION = 'INTERNET';

/** SERVICE of a port of the proxy, and the port (OMA-WAP-TS-ProvCont-V1_1, 4.6.6; WAP-259-WDP, appendix B). */
export const PROXY_TYPES = {
  http: { service: undefined, port: 8080, title: 'HTTP proxy' },
  wsp: { service: 'CO-WSP', port: 9201, title: 'WAP gateway, connection-oriented' },
  'wsp-secure': { service: 'CO-SEC-WSP', port: 9203, title: 'WAP gateway, connection-oriented, secure' },
  'wsp-connectionless': { service: 'CL-WSP', port: 9200, title: 'WAP gateway, connectionless' },
  'wsp-connectionless-secure': { service: 'CL-SEC-WSP', port: 9202, title: 'WAP gateway, connectionless, secure' },
} as const satisfies Record<ProxyType, { service: string | undefined; port: number; title: string }>;

const CALL_TYPES = { analogue: 'ANALOG-MODEM', isdn: 'V.110' } as const;

/** Access point and proxy of the settings. */
export function buildNetwork(settings: OtaSettings): Network {
  const { connection, proxy } = settings;
  const slug = slugOf(settings);
  const napId = connection === undefined ? ANY_INTERNET_CONNECTION : `${slug}-nap`;
  const napdef = connection && buildNapdef(connection, napId, nameOf(settings));
  if (proxy === undefined) {
    const route = { napId };
    return { characteristics: present([napdef]), web: route, direct: route };
  }
  const proxyId = `${slug}-proxy`;
  const pxlogical = characteristic(
    'PXLOGICAL',
    parm('PROXY-ID', proxyId),
    parm('NAME', (proxy.type === 'blank' ? undefined : proxy.name) ?? nameOf(settings)),
    ...(proxy.type === 'blank' ? [] : logicalParts(proxy)),
    characteristic(
      'PXPHYSICAL',
      parm('PHYSICAL-PROXY-ID', `${slug}-physical`),
      ...(proxy.type === 'blank' ? [parm('PXADDR', '')] : addressOf(proxy.address)),
      parm('TO-NAPID', napId),
      proxy.type === 'blank' ? undefined : portOf(proxy),
    ),
  );
  const web = { proxyId };
  return {
    characteristics: present([napdef, pxlogical]),
    web,
    direct: proxy.type === 'blank' ? web : { napId },
  };
}

/** TO-PROXY and TO-NAPID of an application. */
export function routeParms({ proxyId, napId }: Route): (Element | undefined)[] {
  return [parm('TO-PROXY', proxyId), parm('TO-NAPID', napId)];
}

/** NAPDEF (OMA-WAP-TS-ProvCont-V1_1, 4.6.3). */
function buildNapdef(connection: ConnectionSettings, napId: string, name: string): Element {
  const { isDefault, dns = [], lingerSeconds, auth, username, password } = connection;
  return characteristic(
    'NAPDEF',
    parm('NAPID', napId),
    parm('BEARER', connection.type === 'packet' ? 'GSM-GPRS' : 'GSM-CSD'),
    parm('NAME', connection.name ?? name),
    flag('INTERNET', isDefault),
    parm('NAP-ADDRESS', connection.type === 'packet' ? connection.apn : connection.number),
    parm('NAP-ADDRTYPE', connection.type === 'packet' ? 'APN' : 'E164'),
    ...dns.map((address) => parm('DNS-ADDR', address)),
    ...(connection.type === 'circuit' ? callParms(connection) : []),
    parm('LINGER', lingerSeconds),
    username === undefined
      ? undefined
      : characteristic(
          'NAPAUTHINFO',
          parm('AUTHTYPE', auth ?? 'PAP'),
          parm('AUTHNAME', username),
          parm('AUTHSECRET', password),
        ),
  );
}

function callParms({
  callType,
  speed,
}: Extract<ConnectionSettings, { type: 'circuit' }>): readonly (Element | undefined)[] {
  return [
    parm('CALLTYPE', callType && CALL_TYPES[callType]),
    parm('LINKSPEED', speed === 'auto' ? 'AUTOBAUDING' : speed),
  ];
}

function logicalParts({ domains = [], homePage, username, password }: RealProxy): readonly (Element | undefined)[] {
  return [
    ...domains.map((domain) => parm('DOMAIN', domain)),
    parm('STARTPAGE', homePage),
    username === undefined
      ? undefined
      : characteristic(
          'PXAUTHINFO',
          parm('PXAUTH-TYPE', 'HTTP-BASIC'),
          parm('PXAUTH-ID', username),
          parm('PXAUTH-PW', password),
        ),
  ];
}

function addressOf(address: string): (Element | undefined)[] {
  const type = isIPv4(address) ? 'IPV4' : isIPv6(address) ? 'IPV6' : 'ALPHA';
  return [parm('PXADDR', address), parm('PXADDRTYPE', type)];
}

function portOf({ type, port }: RealProxy): Element {
  const { service, port: usual } = PROXY_TYPES[type];
  return characteristic('PORT', parm('PORTNBR', port ?? usual), parm('SERVICE', service));
}

/** What people see: the name of the settings, or the next best. */
export function nameOf({ name, connection, deviceManagement }: OtaSettings): string {
  if (name !== undefined) return name;
  if (connection !== undefined)
    return connection.name ?? (connection.type === 'packet' ? connection.apn : connection.number);
  return deviceManagement?.name ?? 'Internet';
}

const MOST_SLUG_CHARACTERS = 16;

/**
 * The beginning of every id in the document. It is made of the name, so that settings of the same name replace those on
 * the device and others stand beside them.
 */
export function slugOf(settings: OtaSettings): string {
  const name = nameOf(settings);
  const plain = name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  if (plain === name && plain.length <= MOST_SLUG_CHARACTERS) return plain;
  // What was cut or left out still tells names apart.
  const digest = createHash('sha1').update(name).digest('hex').slice(0, 6);
  return `${plain.slice(0, MOST_SLUG_CHARACTERS - 7)}-${digest}`.replace(/^-+|-+(?=-)/g, '');
}

function present(elements: readonly (Element | undefined)[]): Element[] {
  return elements.filter((one) => one !== undefined);
}
