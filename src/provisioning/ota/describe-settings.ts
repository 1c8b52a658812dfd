import { MAIL_PROTOCOLS } from './email.ts';
import { PROXY_TYPES } from './network.ts';
import type {
  ConnectionSettings,
  DeviceManagementSettings,
  EmailSettings,
  IncomingMail,
  MailSecurity,
  OtaSettings,
  OutgoingMail,
  ProxySettings,
} from './ota-settings.ts';

type Value = string | number | undefined;
type Row = readonly [label: string, value: Value];

interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

const MAIL_SECURITY: Readonly<Record<MailSecurity, string>> = { none: 'none', tls: 'SSL/TLS', starttls: 'STARTTLS' };
const CALL_TYPES = { analogue: 'analogue', isdn: 'ISDN' } as const;

/**
 * The settings as plain text, for a device that takes no provisioning: a human types it in. Secrets stand in it. Each
 * section has a heading and a line for everything that is set; defaults that the device needs are said, too.
 */
export function describeSettings(settings: OtaSettings): string {
  const heading = settings.name === undefined ? [] : [`Settings: ${settings.name}`];
  const blocks = sectionsOf(settings).map(({ title, rows }) =>
    [
      title,
      ...rows.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [`  ${label}: ${value}`])),
    ].join('\n'),
  );
  return `${[...heading, ...blocks].join('\n\n')}\n`;
}

function sectionsOf(settings: OtaSettings): Section[] {
  const { connection, proxy, browser, mms, imps, sync, email, deviceManagement, clientIdentity } = settings;
  return [
    ...(connection === undefined ? [] : [describeConnection(connection)]),
    ...(proxy === undefined ? [] : [describeProxy(proxy)]),
    ...(browser === undefined
      ? []
      : [
          {
            title: 'Browser',
            rows: [
              ['Home page', browser.homePage],
              ...(browser.bookmarks ?? []).flatMap((bookmark): Row[] => [
                [`Bookmark "${bookmark.name}"`, bookmark.url],
                ...loginRows(bookmark),
              ]),
            ] as Row[],
          },
        ]),
    ...(mms === undefined
      ? []
      : [
          {
            title: 'Multimedia messages',
            rows: [
              ['Message centre (MMSC)', mms.url],
              ['Largest message', mms.maxSize === undefined ? undefined : `${mms.maxSize} octets`],
            ] as Row[],
          },
        ]),
    ...(imps === undefined
      ? []
      : [
          {
            title: 'Instant messages and presence',
            rows: [
              ['Server', imps.server],
              ...loginRows(imps),
              ['Services', imps.services?.join(', ')],
              ['Client id begins with', imps.clientIdPrefix],
            ] as Row[],
          },
        ]),
    ...(sync === undefined
      ? []
      : [
          {
            title: 'Synchronisation (SyncML)',
            rows: [
              ['Server', sync.server],
              ['Port', sync.port],
              ...loginRows(sync),
              ...sync.databases.map(
                (database): Row => [
                  `Database "${database.name ?? database.uri}"`,
                  `${database.uri} (${database.contentTypes.join(', ')})`,
                ],
              ),
            ] as Row[],
          },
        ]),
    ...(email === undefined ? [] : describeEmail(email)),
    ...(deviceManagement === undefined ? [] : [describeDeviceManagement(deviceManagement)]),
    ...(settings.vendorConfigs ?? []).map(({ name, parameters = {} }) => ({
      title: `Settings of the manufacturer: ${name}`,
      rows: Object.entries(parameters).map(([label, value]): Row => [label, value === '' ? 'on' : value]),
    })),
    ...(clientIdentity === undefined
      ? []
      : [{ title: 'Client identity', rows: [['Client id', clientIdentity.clientId]] as Row[] }]),
    ...((settings.rootCertificates ?? []).length === 0
      ? []
      : [
          {
            title: 'Root certificates',
            rows: [['To install', `${settings.rootCertificates?.length} (sent as files)`]] as Row[],
          },
        ]),
  ];
}

function describeConnection(connection: ConnectionSettings): Section {
  const { name, username, auth, isDefault, dns, lingerSeconds } = connection;
  const kind: readonly Row[] =
    connection.type === 'packet'
      ? [
          ['Connection type', 'packet data (GPRS)'],
          ['Access point name (APN)', connection.apn],
        ]
      : [
          ['Connection type', 'data call (GSM)'],
          ['Phone number', connection.number],
          ['Call type', connection.callType && CALL_TYPES[connection.callType]],
          ['Speed', connection.speed === 'auto' ? 'automatic' : connection.speed],
        ];
  return {
    title: 'Internet connection',
    rows: [
      ['Name', name],
      ...kind,
      ...loginRows(connection),
      ['Authentication', username === undefined ? undefined : (auth ?? 'PAP')],
      ['Default connection', isDefault === true ? 'yes' : undefined],
      ['Name servers (DNS)', dns?.join(', ')],
      ['Hang up after', lingerSeconds === undefined ? undefined : `${lingerSeconds} s`],
    ],
  };
}

function describeProxy(proxy: ProxySettings): Section {
  if (proxy.type === 'blank') return { title: 'Proxy', rows: [['Proxy', 'none']] };
  const { title, port } = PROXY_TYPES[proxy.type];
  return {
    title: 'Proxy',
    rows: [
      ['Name', proxy.name],
      ['Type', title],
      ['Address', proxy.address],
      ['Port', proxy.port ?? port],
      ...loginRows(proxy),
      ['Home page', proxy.homePage],
      ['For the domains', proxy.domains?.join(', ')],
    ],
  };
}

function describeEmail({ address, displayName, replyTo, incoming, outgoing }: EmailSettings): Section[] {
  const server = (
    title: string,
    protocol: keyof typeof MAIL_PROTOCOLS,
    given: IncomingMail | OutgoingMail,
  ): Section => {
    const { security = 'none' } = given;
    return {
      title: `${title} (${MAIL_PROTOCOLS[protocol].title})`,
      rows: [
        ['Server', given.host],
        ['Port', given.port ?? MAIL_PROTOCOLS[protocol][security].port],
        ['Security', MAIL_SECURITY[security]],
        ...loginRows(given),
        ['Authentication', given.auth],
      ],
    };
  };
  return [
    {
      title: 'E-mail',
      rows: [
        ['Address', address],
        ['Name', displayName],
        ['Answers to', replyTo],
      ],
    },
    ...(incoming === undefined ? [] : [server('Incoming e-mail', incoming.protocol, incoming)]),
    ...(outgoing === undefined ? [] : [server('Outgoing e-mail', 'smtp', outgoing)]),
  ];
}

function describeDeviceManagement(account: DeviceManagementSettings): Section {
  const { serverId, address, port, auth = 'md5', client, server } = account;
  return {
    title: 'Device management (OMA DM)',
    rows: [
      ['Name', account.name],
      ['Server id', serverId],
      ['Server address', address],
      ['Port', port],
      ...loginRows(client),
      ['Server password', server.password],
      ['Authentication', auth.toUpperCase()],
    ],
  };
}

function loginRows({ username, password }: { readonly username?: string; readonly password?: string }): Row[] {
  return [
    ['User name', username],
    ['Password', password],
  ];
}
