import type { Element } from '../../wire/element.ts';
import { type BootstrapAccount, checkBootstrapAccount, portOf } from '../dm-account.ts';
import { characteristic, flag, parm } from './cp-element.ts';

/** What Microsoft's clients take in a w7 APPLICATION beyond OMA's parameters; other devices pass over it. */
export interface MicrosoftParameters {
  /** Security roles of the server, a bit mask: 8 is the manager's. */
  readonly role?: number;
  /** The DM version the device begins with; it is that of the account unless `false`. */
  readonly protocolVersion?: boolean;
  /** Media type of the device's messages. */
  readonly defaultEncoding?: 'application/vnd.syncml.dm+xml' | 'application/vnd.syncml.dm+wbxml';
  /** Tries after a failed connection. */
  readonly connectionRetries?: number;
  readonly initialBackOffMs?: number;
  readonly maxBackOffMs?: number;
  /** The device does not fall back to an older DM version. */
  readonly backwardRetryDisabled?: boolean;
  /** Its Source is made of the hardware's id. */
  readonly useHardwareId?: boolean;
  /** Which client certificate to show, e.g. `Subject=CN%3dTester&Stores=My%5CUser`. */
  readonly clientCertificate?: string;
}

export interface DmApplicationOptions {
  /** Opens a session as soon as the settings are taken (INIT). Default true: it is how a bootstrap is answered. */
  readonly init?: boolean;
  readonly microsoft?: MicrosoftParameters;
  /** PROXY-ID of the proxy to go through. */
  readonly proxy?: string;
}

/** Values of AAUTHTYPE (OMA's registration of w7, the application characteristic of Device Management). */
const AUTH = { basic: 'BASIC', md5: 'DIGEST', hmac: 'HMAC' } as const;

/**
 * The APPLICATION of a DM account, `w7` (OMA-TS-DM_Bootstrap-V1_2, 5.3; OMA-WAP-TS-ProvCont-V1_1, 4.6.10). The level
 * APPSRV holds what the device proves itself with, CLIENT what the server does. Nonces stand in base64.
 *
 * @throws BootstrapAccountError
 */
export function buildDmApplication(account: BootstrapAccount, options: DmApplicationOptions = {}): Element {
  checkBootstrapAccount(account);
  const { microsoft } = options;
  const type = AUTH[account.auth];
  return characteristic(
    'APPLICATION',
    parm('APPID', 'w7'),
    parm('PROVIDER-ID', account.serverId),
    parm('NAME', account.name),
    parm('TO-PROXY', options.proxy),
    parm('TO-NAPID', account.connection),
    flag('INIT', options.init ?? true),
    ...(microsoft === undefined ? [] : microsoftParameters(microsoft, account)),
    characteristic('APPADDR', parm('ADDR', account.address), characteristic('PORT', parm('PORTNBR', portOf(account)))),
    credentials('APPSRV', type, account.client.username, account.client),
    credentials('CLIENT', type, account.serverId, account.server),
  );
}

function credentials(
  level: 'APPSRV' | 'CLIENT',
  type: string,
  name: string,
  { password, nonce }: { readonly password: string; readonly nonce?: Uint8Array },
): Element {
  // Basic credentials are made without one.
  const data = nonce === undefined || type === 'BASIC' ? undefined : Buffer.from(nonce).toString('base64');
  return characteristic(
    'APPAUTH',
    parm('AAUTHLEVEL', level),
    parm('AAUTHTYPE', type),
    parm('AAUTHNAME', name),
    parm('AAUTHSECRET', password),
    parm('AAUTHDATA', data),
  );
}

function microsoftParameters(given: MicrosoftParameters, { version }: BootstrapAccount): (Element | undefined)[] {
  return [
    parm('ROLE', given.role),
    parm('PROTOVER', given.protocolVersion === false ? undefined : version),
    parm('DEFAULTENCODING', given.defaultEncoding),
    parm('CONNRETRYFREQ', given.connectionRetries),
    parm('INITIALBACKOFFTIME', given.initialBackOffMs),
    parm('MAXBACKOFFTIME', given.maxBackOffMs),
    flag('BACKCOMPATRETRYDISABLED', given.backwardRetryDisabled),
    flag('USEHWDEVID', given.useHardwareId),
    parm('SSLCLIENTCERTSEARCHCRITERIA', given.clientCertificate),
  ];
}
