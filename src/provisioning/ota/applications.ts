import type { Element } from '../../wire/element.ts';
import { characteristic, flag, parm } from '../cp/cp-element.ts';
import { type Route, routeParms } from './network.ts';
import type { Bookmark, BrowserSettings, ImpsSettings, MmsSettings, SyncSettings } from './ota-settings.ts';

/** The browser (application characteristic w2): the home page is the resource that is a start page. */
export function buildBrowser(settings: BrowserSettings, route: Route, name: string): Element {
  const { homePage, bookmarks = [] } = settings;
  return characteristic(
    'APPLICATION',
    parm('APPID', 'w2'),
    parm('NAME', settings.name ?? name),
    ...routeParms(route),
    homePage === undefined ? undefined : resource({ name: settings.name ?? name, url: homePage }, true),
    ...bookmarks.map((bookmark) => resource(bookmark, false)),
  );
}

function resource({ name, url, username, password }: Bookmark, isStartPage: boolean): Element {
  return characteristic(
    'RESOURCE',
    parm('NAME', name),
    parm('URI', url),
    parm('AAUTHTYPE', username === undefined ? undefined : 'HTTP-BASIC'),
    parm('AAUTHNAME', username),
    parm('AAUTHSECRET', password),
    flag('STARTPAGE', isStartPage),
  );
}

/** Multimedia messages (application characteristic w4). */
export function buildMms(settings: MmsSettings, route: Route, name: string): Element {
  return characteristic(
    'APPLICATION',
    parm('APPID', 'w4'),
    parm('NAME', settings.name ?? name),
    ...routeParms(route),
    parm('ADDR', settings.url),
    parm('MS', settings.maxSize),
  );
}

/** Instant messages and presence (application characteristic wA). */
export function buildImps(settings: ImpsSettings, route: Route, name: string, providerId: string): Element {
  const { server, username, password, services, clientIdPrefix } = settings;
  return characteristic(
    'APPLICATION',
    parm('APPID', 'wA'),
    parm('PROVIDER-ID', providerId),
    parm('NAME', settings.name ?? name),
    ...routeParms(route),
    parm('ADDR', server),
    parm('SERVICES', services?.join(';')),
    parm('CIDPREFIX', clientIdPrefix),
    characteristic('APPAUTH', parm('AAUTHLEVEL', 'APPSRV'), parm('AAUTHNAME', username), parm('AAUTHSECRET', password)),
  );
}

/** What a client of SyncML speaks; the registration of w5 asks for it. */
const SYNCML = 'application/vnd.syncml+wbxml,application/vnd.syncml+xml';

/** Data synchronisation (application characteristic w5), a resource for every database. */
export function buildSync(settings: SyncSettings, route: Route, name: string, providerId: string): Element {
  const { server, port, auth = 'BASIC', username, password, databases } = settings;
  return characteristic(
    'APPLICATION',
    parm('APPID', 'w5'),
    parm('PROVIDER-ID', providerId),
    parm('NAME', settings.name ?? name),
    parm('AACCEPT', SYNCML),
    ...routeParms(route),
    // Either of the two; with a port of its own the address stands beside it.
    port === undefined ? parm('ADDR', server) : undefined,
    port === undefined
      ? undefined
      : characteristic('APPADDR', parm('ADDR', server), characteristic('PORT', parm('PORTNBR', port))),
    characteristic(
      'APPAUTH',
      parm('AAUTHLEVEL', 'APPSRV'),
      parm('AAUTHTYPE', auth),
      parm('AAUTHNAME', username),
      parm('AAUTHSECRET', password),
    ),
    ...databases.map((database) =>
      characteristic(
        'RESOURCE',
        parm('URI', database.uri),
        parm('NAME', database.name),
        parm('AACCEPT', database.contentTypes.join(',')),
        parm('CLIURI', database.clientUri),
      ),
    ),
  );
}
