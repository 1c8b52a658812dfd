/** Whether everything that is needed must be there, or a document adds to what a device holds already. */
export type CpExtent = 'whole' | 'part';

/**
 * The characteristics of OMA Client Provisioning and what may stand in them (OMA-WAP-TS-ProvCont-V1_1, 4.5 and 4.6). A
 * name with `!` must be there, one with `*` may be there more than once.
 */
export interface CharacteristicRow {
  readonly type: string;
  /** Where it stands; none: at the top. */
  readonly parents: readonly string[];
  /** Whether each parent needs one. */
  readonly neededIn?: readonly string[];
  readonly parms: readonly string[];
  /** Parameters of the application or vendor may stand there, too. */
  readonly isOpen?: true;
}

export const CHARACTERISTICS = [
  {
    type: 'PXLOGICAL',
    parents: [],
    parms: [
      'PROXY-ID!',
      'PROXY-PW',
      'PPGAUTH-TYPE',
      'PROXY-PROVIDER-ID',
      'NAME!',
      'DOMAIN*',
      'TRUST',
      'MASTER',
      'STARTPAGE',
      'BASAUTH-ID',
      'BASAUTH-PW',
      'WSP-VERSION',
      'PUSHENABLED',
      'PULLENABLED',
    ],
  },
  { type: 'PXAUTHINFO', parents: ['PXLOGICAL'], parms: ['PXAUTH-TYPE!', 'PXAUTH-ID', 'PXAUTH-PW'] },
  {
    type: 'PORT',
    parents: ['PXLOGICAL', 'PXPHYSICAL', 'APPADDR'],
    parms: ['PORTNBR!', 'SERVICE*'],
  },
  {
    type: 'PXPHYSICAL',
    parents: ['PXLOGICAL'],
    neededIn: ['PXLOGICAL'],
    parms: [
      'PHYSICAL-PROXY-ID!',
      'DOMAIN*',
      'PXADDR!',
      'PXADDRTYPE',
      'PXADDR-FQDN',
      'WSP-VERSION',
      'PUSHENABLED',
      'PULLENABLED',
      // Needed by the specification; left out on purpose for phones that know a way of their own.
      'TO-NAPID*',
    ],
  },
  {
    type: 'NAPDEF',
    parents: [],
    parms: [
      'NAPID!',
      'BEARER*',
      'NAME!',
      'INTERNET',
      'NAP-ADDRESS!',
      'NAP-ADDRTYPE',
      'DNS-ADDR*',
      'CALLTYPE',
      'LOCAL-ADDR',
      'LOCAL-ADDRTYPE',
      'LINKSPEED',
      'DNLINKSPEED',
      'LINGER',
      'DELIVERY-ERR-SDU',
      'DELIVERY-ORDER',
      'TRAFFIC-CLASS',
      'MAX-SDU-SIZE',
      'MAX-BITRATE-UPLINK',
      'MAX-BITRATE-DNLINK',
      'RESIDUAL-BER',
      'SDU-ERROR-RATIO',
      'TRAFFIC-HANDL-PRIO',
      'TRANSFER-DELAY',
      'GUARANTEED-BITRATE-UPLINK',
      'GUARANTEED-BITRATE-DNLINK',
      'MAX-NUM-RETRY',
      'FIRST-RETRY-TIMEOUT',
      'REREG-THRESHOLD',
      'T-BIT',
    ],
  },
  {
    type: 'NAPAUTHINFO',
    parents: ['NAPDEF'],
    parms: ['AUTHTYPE!', 'AUTHNAME', 'AUTHSECRET', 'AUTH-ENTITY*', 'SPI'],
  },
  { type: 'VALIDITY', parents: ['NAPDEF'], parms: ['COUNTRY', 'NETWORK', 'SID', 'SOC', 'VALIDUNTIL'] },
  {
    type: 'BOOTSTRAP',
    parents: [],
    parms: ['NAME', 'NETWORK*', 'COUNTRY', 'PROXY-ID*', 'PROVURL', 'CONTEXT-ALLOW'],
  },
  { type: 'VENDORCONFIG', parents: [], parms: ['NAME!'], isOpen: true },
  { type: 'CLIENTIDENTITY', parents: [], parms: ['CLIENT-ID!'] },
  {
    type: 'ACCESS',
    parents: [],
    parms: ['RULE*', 'APPID*', 'PORTNBR*', 'DOMAIN*', 'TO-NAPID*', 'TO-PROXY*'],
  },
  {
    type: 'APPLICATION',
    parents: [],
    parms: ['APPID!', 'PROVIDER-ID', 'NAME', 'AACCEPT', 'APROTOCOL', 'TO-PROXY*', 'TO-NAPID*', 'ADDR*'],
    isOpen: true,
  },
  { type: 'APPADDR', parents: ['APPLICATION'], parms: ['ADDR', 'ADDRTYPE'] },
  {
    type: 'APPAUTH',
    parents: ['APPLICATION'],
    parms: ['AAUTHLEVEL', 'AAUTHTYPE', 'AAUTHNAME', 'AAUTHSECRET', 'AAUTHDATA'],
  },
  {
    type: 'RESOURCE',
    parents: ['APPLICATION'],
    parms: ['URI!', 'NAME', 'AACCEPT', 'AAUTHTYPE', 'AAUTHNAME', 'AAUTHSECRET', 'AAUTHDATA', 'STARTPAGE'],
    isOpen: true,
  },
] as const satisfies readonly CharacteristicRow[];

const ADDRESS_TYPES = /^(?:IPV4|IPV6|E164|ALPHA|APN|SCODE|TETRA-ITSI|MAN)$/;

/** Values that have a form to be held against; what stands here for a name holds wherever the name does. */
export const PARM_VALUES = [
  { parm: 'PORTNBR', isGood: isPort, what: 'a port from 1 to 65535' },
  {
    parm: 'NAP-ADDRTYPE',
    isGood: (value: string) => ADDRESS_TYPES.test(value),
    what: 'a type of address, such as APN or E164',
  },
  {
    parm: 'PXADDRTYPE',
    isGood: (value: string) => ADDRESS_TYPES.test(value),
    what: 'a type of address, such as IPV4 or ALPHA',
  },
  { parm: 'LINGER', isGood: isNumber, what: 'a number of seconds' },
  { parm: 'MAX-SDU-SIZE', isGood: isNumber, what: 'a number of octets' },
] as const satisfies readonly { parm: string; isGood: (value: string) => boolean; what: string }[];

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535;
}

function isNumber(value: string): boolean {
  return /^\d{1,9}$/.test(value);
}
