import type { Element } from '../../wire/element.ts';
import { characteristic, cpDocument, flag, parm } from '../cp/cp-element.ts';
import { buildCertificateStore } from '../cp/root-certificates.ts';
import type { PushDocument } from '../push/push-document.ts';
import { buildBrowser, buildImps, buildMms, buildSync } from './applications.ts';
import { buildDeviceManagement } from './device-management.ts';
import { buildEmail } from './email.ts';
import { buildNetwork, nameOf, slugOf } from './network.ts';
import type { OtaSettings, VendorConfig } from './ota-settings.ts';
import { certificateOctets } from './value-rules.ts';

/**
 * The `wap-provisioningdoc` 1.1 of settings that `checkOtaSettings` finds nothing wrong with. The same settings make the
 * same document: what others refer to comes first, and ids are made of the settings' name.
 */
export function buildOtaDocument(settings: OtaSettings): Element {
  const { browser, mms, imps, sync, email, deviceManagement, vendorConfigs = [], clientIdentity } = settings;
  const { characteristics, web, direct } = buildNetwork(settings);
  const name = nameOf(settings);
  const providerId = slugOf(settings);
  return cpDocument(
    settings.name === undefined ? undefined : characteristic('BOOTSTRAP', parm('NAME', settings.name)),
    ...vendorConfigs.map(buildVendorConfig),
    clientIdentity && characteristic('CLIENTIDENTITY', parm('CLIENT-ID', clientIdentity.clientId)),
    ...characteristics,
    // The server of an account may be called as soon as the account is there.
    buildCertificateStore(certificatesOf(settings)),
    browser && buildBrowser(browser, web, name),
    mms && buildMms(mms, web, name),
    imps && buildImps(imps, web, name, providerId),
    sync && buildSync(sync, web, name, providerId),
    ...(email === undefined ? [] : buildEmail(email, direct, name, providerId)),
    deviceManagement && buildDeviceManagement(deviceManagement, direct),
  );
}

/** The document, ready to be pushed. */
export function otaPushDocument(settings: OtaSettings): PushDocument {
  return { kind: 'provisioning', root: buildOtaDocument(settings) };
}

function buildVendorConfig({ name, parameters = {} }: VendorConfig): Element {
  return characteristic(
    'VENDORCONFIG',
    parm('NAME', name),
    ...Object.entries(parameters).map(([key, value]) => (value === '' ? flag(key, true) : parm(key, value))),
  );
}

function certificatesOf({ rootCertificates = [] }: OtaSettings): Uint8Array[] {
  return rootCertificates.map(certificateOctets).filter((der) => der !== undefined);
}
