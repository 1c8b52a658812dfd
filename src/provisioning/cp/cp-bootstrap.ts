import type { Element } from '../../wire/element.ts';
import { encodeWbxml } from '../../wire/wbxml/encode-wbxml.ts';
import { encodeXml } from '../../wire/xml/encode-xml.ts';
import type { BootstrapDocument } from '../bootstrap-document.ts';
import type { BootstrapAccount } from '../dm-account.ts';
import { type AccessPoint, buildNapdef, DEFAULT_ACCESS_POINT_ID } from './access-point.ts';
import { cpDocument } from './cp-element.ts';
import { buildDmApplication, type DmApplicationOptions } from './dm-application.ts';
import { buildCertificateStore } from './root-certificates.ts';

export interface CpBootstrapOptions extends DmApplicationOptions {
  /** Set up before the account, which then refers to it. */
  readonly accessPoint?: AccessPoint;
  /** DER; for Windows Mobile. */
  readonly rootCertificates?: readonly Uint8Array[];
}

/** For people and files; a device gets WBXML, which says the same by its public id. */
const DOCTYPE = { publicId: '-//WAPFORUM//DTD PROV 1.0//EN', systemId: 'http://www.wapforum.org/DTD/prov.dtd' };

/**
 * The bootstrap document of the OMA CP profile: access point, root certificates, DM account (OMA-TS-DM_Bootstrap-V1_2,
 * 5.3).
 *
 * @throws BootstrapAccountError for what cannot be written down
 */
export function buildCpBootstrap(account: BootstrapAccount, options: CpBootstrapOptions = {}): BootstrapDocument {
  const { accessPoint, rootCertificates = [] } = options;
  const connection = accessPoint === undefined ? account.connection : (accessPoint.id ?? DEFAULT_ACCESS_POINT_ID);
  return encodeCpDocument(
    cpDocument(
      accessPoint && buildNapdef(accessPoint),
      buildCertificateStore(rootCertificates),
      buildDmApplication({ ...account, ...(connection !== undefined && { connection }) }, options),
    ),
  );
}

export function encodeCpDocument(root: Element): BootstrapDocument {
  return {
    xml: encodeXml(root, { doctype: DOCTYPE, indent: true }),
    wbxml: encodeWbxml(root, { language: 'prov-1.0', version: '1.3' }),
  };
}
