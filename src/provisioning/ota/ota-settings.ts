import type { DmVersion } from '../../syncml/message.ts';
import type { MicrosoftParameters } from '../cp/dm-application.ts';
import type { AccountAuth } from '../dm-account.ts';

/**
 * Settings for a device, as an operator gives them: JSON, every section optional, several at once. `buildOtaDocument`
 * makes the OMA CP document of them, `describeSettings` a text for people. What may stand in a field is said by the tables
 * of `check-settings.ts`.
 */
export interface OtaSettings {
  /** What the device calls the settings. */
  readonly name?: string;
  /** How the device reaches the network. Absent: by the default internet connection it has. */
  readonly connection?: ConnectionSettings;
  readonly proxy?: ProxySettings;
  readonly browser?: BrowserSettings;
  readonly mms?: MmsSettings;
  readonly imps?: ImpsSettings;
  readonly sync?: SyncSettings;
  readonly email?: EmailSettings;
  readonly deviceManagement?: DeviceManagementSettings;
  readonly vendorConfigs?: readonly VendorConfig[];
  readonly clientIdentity?: ClientIdentity;
  /** For Windows Mobile's CertificateStore: X.509 in PEM, or DER in base64. */
  readonly rootCertificates?: readonly string[];
}

export type PppAuth = 'PAP' | 'CHAP' | 'MS-CHAP';

interface ConnectionBase {
  /** For the user; default the name of the settings. */
  readonly name?: string;
  /** What the network asks for; `auth` is PAP unless it says something else. */
  readonly username?: string;
  readonly password?: string;
  readonly auth?: PppAuth;
  /** The device may use it for everything on the internet (INTERNET): it becomes a default connection. */
  readonly isDefault?: boolean;
  /** Addresses of name servers. */
  readonly dns?: readonly string[];
  /** Seconds without traffic after which the device hangs up. */
  readonly lingerSeconds?: number;
}

export interface PacketConnection extends ConnectionBase {
  /** GPRS, EDGE and what came after. */
  readonly type: 'packet';
  readonly apn: string;
}

export interface CircuitConnection extends ConnectionBase {
  /** A data call over GSM. */
  readonly type: 'circuit';
  readonly number: string;
  readonly callType?: 'analogue' | 'isdn';
  /** Bits a second; `auto` lets the device find out. */
  readonly speed?: number | 'auto';
}

export type ConnectionSettings = PacketConnection | CircuitConnection;

/** `wsp…`: a WAP gateway, connection-oriented or connectionless, with WTLS where it is secure. */
export type ProxyType = 'http' | 'wsp' | 'wsp-secure' | 'wsp-connectionless' | 'wsp-connectionless-secure';

export interface RealProxy {
  readonly type: ProxyType;
  readonly name?: string;
  /** IPv4, IPv6 or host name. */
  readonly address: string;
  /** Default by type: 9201, 9203, 9200, 9202 for `wsp…`, 8080 for `http`. */
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  readonly homePage?: string;
  /** Domains that are reached through it. */
  readonly domains?: readonly string[];
}

/**
 * No proxy, said with an empty one: phones of Sony Ericsson and Motorola know no TO-NAPID in an application and take its
 * connection from the proxy that it names.
 */
export interface BlankProxy {
  readonly type: 'blank';
}

export type ProxySettings = RealProxy | BlankProxy;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Bookmark {
  readonly name: string;
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** Application characteristic w2. */
export interface BrowserSettings {
  readonly name?: string;
  readonly homePage?: string;
  readonly bookmarks?: readonly Bookmark[];
}

/** Application characteristic w4. */
export interface MmsSettings {
  readonly name?: string;
  /** The URL of the MMS centre. */
  readonly url: string;
  /** Octets that a message may have (MS). */
  readonly maxSize?: number;
}

/** Application characteristic wA: Instant Messaging and Presence, once Wireless Village. */
export interface ImpsSettings extends Credentials {
  readonly name?: string;
  readonly server: string;
  /** Which services the server has: instant messages, presence, groups, content. */
  readonly services?: readonly ('IM' | 'PS' | 'SG' | 'SC')[];
  /** The beginning of the client's id (CIDPREFIX). */
  readonly clientIdPrefix?: string;
}

export interface SyncDatabase {
  /** On the server. */
  readonly uri: string;
  readonly name?: string;
  /** E.g. `text/x-vcard`; several are tried in turn. */
  readonly contentTypes: readonly string[];
  /** On the device (CLIURI). */
  readonly clientUri?: string;
}

/** Application characteristic w5: SyncML data synchronisation. */
export interface SyncSettings extends Credentials {
  readonly name?: string;
  readonly server: string;
  readonly port?: number;
  /** Default BASIC. */
  readonly auth?: 'BASIC' | 'DIGEST';
  readonly databases: readonly SyncDatabase[];
}

/** `tls`: from the first octet on; `starttls`: asked for in the protocol. */
export type MailSecurity = 'none' | 'tls' | 'starttls';

interface MailServer {
  readonly host: string;
  /** Default by protocol and security. */
  readonly port?: number;
  /** Default `none`. */
  readonly security?: MailSecurity;
}

export interface IncomingMail extends MailServer {
  readonly protocol: 'pop3' | 'imap4';
  readonly username: string;
  readonly password?: string;
  readonly auth?: IncomingMailAuth;
}

export type IncomingMailAuth =
  | 'PLAIN'
  | 'LOGIN'
  | 'APOP'
  | 'CRAM-MD5'
  | 'DIGEST-MD5'
  | 'NTLM'
  | 'GSSAPI'
  | 'KERBEROS_V4'
  | 'SKEY';

export interface OutgoingMail extends MailServer {
  /** Absent: the server asks for none. */
  readonly username?: string;
  readonly password?: string;
  readonly auth?: OutgoingMailAuth;
}

export type OutgoingMailAuth = 'PLAIN' | 'LOGIN' | 'CRAM-MD5' | 'DIGEST-MD5' | 'NTLM' | 'GSSAPI' | 'POPB4SMTP';

/** Application characteristics 110 (POP3), 143 (IMAP4) and 25 (SMTP). */
export interface EmailSettings {
  readonly name?: string;
  /** The user's address. */
  readonly address: string;
  /** Stands beside the address in what is sent. */
  readonly displayName?: string;
  /** Where answers go, when not to the address. */
  readonly replyTo?: string;
  readonly incoming?: IncomingMail;
  readonly outgoing?: OutgoingMail;
}

/** Application characteristic w7. Secrets are the device's and the server's, as the server keeps them. */
export interface DeviceManagementSettings {
  readonly name?: string;
  /** PROVIDER-ID. */
  readonly serverId: string;
  readonly address: string;
  readonly port?: number;
  /** Default 1.1. */
  readonly version?: DmVersion;
  /** Default `md5`. */
  readonly auth?: AccountAuth;
  /** Nonces in base64. */
  readonly client: Credentials & { readonly nonce?: string };
  readonly server: { readonly password: string; readonly nonce?: string };
  /** Opens a session as soon as the settings are taken; default true. */
  readonly init?: boolean;
  readonly microsoft?: MicrosoftParameters;
}

/** VENDORCONFIG: parameters of a manufacturer. */
export interface VendorConfig {
  readonly name: string;
  /** Parameters of the vendor; one with an empty value says something by being there. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** CLIENTIDENTITY: who the device is to the provisioning server. */
export interface ClientIdentity {
  readonly clientId: string;
}
