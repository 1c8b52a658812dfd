import type { Element } from '../../wire/element.ts';
import { characteristic, parm } from '../cp/cp-element.ts';
import { type Route, routeParms } from './network.ts';
import type { EmailSettings, IncomingMail, MailSecurity, OutgoingMail } from './ota-settings.ts';

type MailProtocol = IncomingMail['protocol'] | 'smtp';

/**
 * APPID, and port and SERVICE by security (application characteristics 110, 143 and 25). SERVICE is the number of a
 * registered port and says what is spoken there, on whichever port; STARTTLS starts on the plain one (RFC 2595, RFC 3207),
 * but for mail that is handed in (RFC 6409).
 */
export const MAIL_PROTOCOLS = {
  pop3: {
    appId: '110',
    title: 'POP3',
    none: { port: 110, service: '110' },
    tls: { port: 995, service: '995' },
    starttls: { port: 110, service: 'STARTTLS' },
  },
  imap4: {
    appId: '143',
    title: 'IMAP4',
    none: { port: 143, service: '143' },
    tls: { port: 993, service: '993' },
    starttls: { port: 143, service: 'STARTTLS' },
  },
  smtp: {
    appId: '25',
    title: 'SMTP',
    none: { port: 25, service: '25' },
    tls: { port: 465, service: '465' },
    starttls: { port: 587, service: 'STARTTLS' },
  },
} as const satisfies Record<
  MailProtocol,
  { appId: string; title: string } & Record<MailSecurity, { port: number; service: string }>
>;

/** An application for each server; PROVIDER-ID tells the device that they belong together. */
export function buildEmail(settings: EmailSettings, route: Route, name: string, providerId: string): Element[] {
  const { address, displayName, replyTo, incoming, outgoing } = settings;
  const application = (protocol: MailProtocol, server: IncomingMail | OutgoingMail, ...own: (Element | undefined)[]) =>
    characteristic(
      'APPLICATION',
      parm('APPID', MAIL_PROTOCOLS[protocol].appId),
      parm('PROVIDER-ID', providerId),
      parm('NAME', settings.name ?? name),
      ...routeParms(route),
      ...own,
      serverAddress(protocol, server),
      server.username === undefined
        ? undefined
        : characteristic(
            'APPAUTH',
            parm('AAUTHTYPE', server.auth),
            parm('AAUTHNAME', server.username),
            parm('AAUTHSECRET', server.password),
          ),
    );
  const from = displayName === undefined ? address : `${quoted(displayName)} <${address}>`;
  return [
    ...(incoming === undefined ? [] : [application(incoming.protocol, incoming)]),
    ...(outgoing === undefined ? [] : [application('smtp', outgoing, parm('FROM', from), parm('RT-ADDR', replyTo))]),
  ];
}

function serverAddress(
  protocol: MailProtocol,
  { host, port, security = 'none' }: IncomingMail | OutgoingMail,
): Element {
  const { service, port: usual } = MAIL_PROTOCOLS[protocol][security];
  return characteristic(
    'APPADDR',
    parm('ADDR', host),
    characteristic('PORT', parm('PORTNBR', port ?? usual), parm('SERVICE', service)),
  );
}

/** A quoted-string (RFC 5322, 3.2.4). */
function quoted(displayName: string): string {
  return `"${displayName.replace(/["\\]/g, '\\$&')}"`;
}
