import { childElements, type Element } from '../../wire/element.ts';
import { WAP_PUSH_PORT, WAP_PUSH_SOURCE_PORT } from '../../wire/wap/udh.ts';
import { WSP_APPLICATION, WSP_MEDIA } from '../../wire/wap/wsp-push.ts';
import type { WbxmlEncodeOptions } from '../../wire/wbxml/encode-wbxml.ts';
import { isTokenisable } from './roap-trigger.ts';

/** How documents of a kind travel. */
export interface PushKindRow {
  readonly kind: string;
  /** For people. */
  readonly title: string;
  /** The root element's local name. */
  readonly root: string;
  /** Namespaces the root may be in. */
  readonly namespaces: readonly string[];
  /** For kinds that share a root: whether a document is of this one. */
  readonly isOne?: (root: Element) => boolean;
  /** As a media type, for people and other ways than a short message. */
  readonly mediaType: string;
  /** In the WSP header: the assigned number, or the media type where there is none. */
  readonly media: number | string;
  /** The header says that the body is in UTF-8. */
  readonly hasCharset?: true;
  /** X-Wap-Application-Id; absent where the content type says enough. */
  readonly applicationId?: number;
  /** WDP ports. */
  readonly port: number;
  readonly sourcePort: number;
  /** How the body is written; absent: as the XML it is. */
  readonly wbxml?: WbxmlEncodeOptions;
  /** The push may carry SEC and MAC. */
  readonly isSecured?: true;
}

const WAP_PUSH = { port: WAP_PUSH_PORT, sourcePort: WAP_PUSH_SOURCE_PORT } as const;
const NO_NAMESPACE = [''] as const;

/** Ports of the settings of Nokia and Ericsson (Over The Air Settings Specification 7.0). */
const BROWSER_SETTINGS_PORT = 49_999;
const SYNC_SETTINGS_PORT = 49_996;
/** They have no public identifier, and were made for WBXML 1.1. */
const SETTINGS_WBXML = { version: '1.1', publicIdStyle: 'unknown' } as const;

/**
 * Every kind of document that can be pushed, told by its root element. Of kinds that share a root the first that fits
 * counts.
 */
export const PUSH_KINDS = [
  {
    // OMA-WAP-TS-ProvCont-V1_1 and, for the push, OMA-WAP-TS-ProvBoot-V1_1, 5.2. From the port that Kannel sends from.
    kind: 'provisioning',
    title: 'OMA Client Provisioning',
    root: 'wap-provisioningdoc',
    namespaces: NO_NAMESPACE,
    mediaType: 'application/vnd.wap.connectivity-wbxml',
    media: WSP_MEDIA.connectivityWbxml,
    port: WAP_PUSH_PORT,
    sourcePort: WAP_PUSH_PORT,
    wbxml: { language: 'prov-1.0', version: '1.3' },
    isSecured: true,
  },
  {
    // WAP-167-ServiceInd. Its content type belongs to the browser's user agent, which need not be named.
    kind: 'serviceIndication',
    title: 'service indication',
    root: 'si',
    namespaces: NO_NAMESPACE,
    mediaType: 'application/vnd.wap.sic',
    media: WSP_MEDIA.serviceIndicationWbxml,
    ...WAP_PUSH,
    wbxml: { language: 'si-1.0', version: '1.2' },
  },
  {
    // WAP-168-ServiceLoad
    kind: 'serviceLoading',
    title: 'service loading',
    root: 'sl',
    namespaces: NO_NAMESPACE,
    mediaType: 'application/vnd.wap.slc',
    media: WSP_MEDIA.serviceLoadingWbxml,
    ...WAP_PUSH,
    wbxml: { language: 'sl-1.0', version: '1.2' },
  },
  {
    // WAP-175-CacheOp
    kind: 'cacheOperation',
    title: 'cache operation',
    root: 'co',
    namespaces: NO_NAMESPACE,
    mediaType: 'application/vnd.wap.coc',
    media: WSP_MEDIA.cacheOperationWbxml,
    ...WAP_PUSH,
    wbxml: { language: 'co-1.0', version: '1.2' },
  },
  {
    // OMA-Push-EMN 1.0
    kind: 'emailNotification',
    title: 'e-mail notification',
    root: 'emn',
    namespaces: NO_NAMESPACE,
    mediaType: 'application/vnd.wap.emn+wbxml',
    media: WSP_MEDIA.emailNotificationWbxml,
    applicationId: WSP_APPLICATION.emailNotification,
    ...WAP_PUSH,
    wbxml: { language: 'emn-1.0', version: '1.3' },
  },
  {
    // OMA-Download-DRMREL-V1_0
    kind: 'rightsObject',
    title: 'OMA DRM rights object',
    root: 'rights',
    namespaces: ['http://odrl.net/1.1/ODRL-EX'],
    mediaType: 'application/vnd.oma.drm.rights+wbxml',
    media: WSP_MEDIA.drmRightsWbxml,
    applicationId: WSP_APPLICATION.drm,
    ...WAP_PUSH,
    wbxml: { language: 'drm-rel-1.0', version: '1.3' },
  },
  {
    // OMA-TS-DRM-DRM-V2_1, ROAP trigger in WBXML.
    kind: 'roapTrigger21',
    title: 'ROAP trigger of OMA DRM 2.1',
    root: 'roapTrigger',
    namespaces: ['urn:oma:bac:dldrm:roap-1.0'],
    isOne: isTokenisable,
    mediaType: 'application/vnd.oma.drm.roap-trigger+wbxml',
    media: WSP_MEDIA.roapTriggerWbxml,
    applicationId: WSP_APPLICATION.drm,
    ...WAP_PUSH,
    wbxml: { language: 'drm-roap-2.1', version: '1.3' },
  },
  {
    // OMA-TS-DRM-DRM-V2_0 and V2_1, ROAP trigger. It may be signed, so its octets are not touched.
    kind: 'roapTrigger',
    title: 'ROAP trigger',
    root: 'roapTrigger',
    namespaces: ['urn:oma:bac:dldrm:roap-1.0', 'urn:oma:bac:dldrm:roap-1.1'],
    mediaType: 'application/vnd.oma.drm.roap-trigger+xml',
    media: 'application/vnd.oma.drm.roap-trigger+xml',
    applicationId: WSP_APPLICATION.drm,
    ...WAP_PUSH,
  },
  {
    kind: 'browserBookmarks',
    title: 'bookmarks for Nokia and Ericsson',
    root: 'CHARACTERISTIC-LIST',
    namespaces: NO_NAMESPACE,
    isOne: holdsBookmarksOnly,
    mediaType: 'application/x-wap-prov.browser-bookmarks',
    media: 'application/x-wap-prov.browser-bookmarks',
    hasCharset: true,
    port: BROWSER_SETTINGS_PORT,
    sourcePort: WAP_PUSH_SOURCE_PORT,
    wbxml: { language: 'ota-settings', ...SETTINGS_WBXML },
  },
  {
    kind: 'browserSettings',
    title: 'browser and MMS settings for Nokia and Ericsson',
    root: 'CHARACTERISTIC-LIST',
    namespaces: NO_NAMESPACE,
    mediaType: 'application/x-wap-prov.browser-settings',
    media: 'application/x-wap-prov.browser-settings',
    hasCharset: true,
    port: BROWSER_SETTINGS_PORT,
    sourcePort: WAP_PUSH_SOURCE_PORT,
    wbxml: { language: 'ota-settings', ...SETTINGS_WBXML },
  },
  {
    kind: 'syncSettings',
    title: 'SyncML settings for Nokia and Ericsson',
    root: 'SyncSettings',
    namespaces: NO_NAMESPACE,
    mediaType: 'application/vnd.nokia.syncset+wbxml',
    media: WSP_MEDIA.syncSettingsWbxml,
    hasCharset: true,
    port: SYNC_SETTINGS_PORT,
    sourcePort: WAP_PUSH_SOURCE_PORT,
    wbxml: { language: 'sync-settings', ...SETTINGS_WBXML },
  },
] as const satisfies readonly PushKindRow[];

export type PushKind = (typeof PUSH_KINDS)[number]['kind'];

/** Documents known by their root that cannot be pushed, and why. */
export const UNSENDABLE_ROOTS = [
  {
    root: 'WVSettings',
    why: 'its content type, port and token table were never published; IMPS settings go as an OMA CP document (wA)',
  },
  { root: 'SyncML', why: 'OMA DM commands are delivered in a session' },
] as const;

const byKind: ReadonlyMap<string, PushKindRow> = new Map(PUSH_KINDS.map((row) => [row.kind, row]));

export function pushKind(kind: PushKind): PushKindRow {
  const row = byKind.get(kind);
  if (row === undefined) throw new TypeError(`no kind of push is called ${kind}`);
  return row;
}

/** The kind of a document, by its root element; undefined when it is none that can be pushed. */
export function pushKindOf(root: Element): PushKind | undefined {
  const rows: readonly (PushKindRow & { readonly kind: PushKind })[] = PUSH_KINDS;
  return rows.find(
    (row) => row.root === root.name && row.namespaces.includes(root.namespace) && (row.isOne?.(root) ?? true),
  )?.kind;
}

function holdsBookmarksOnly(list: Element): boolean {
  const types = childElements(list).map(({ attributes }) => attributes.find(({ name }) => name === 'TYPE')?.value);
  return types.length > 0 && types.every((type) => type === 'BOOKMARK');
}
