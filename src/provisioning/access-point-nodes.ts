import { type AccessPoint, checkAccessPoint, DEFAULT_ACCESS_POINT_ID } from './cp/access-point.ts';
import { BootstrapAccountError } from './dm-account.ts';
import { locUriFault } from './loc-uri.ts';
import type { TndsNode } from './tnds-node.ts';

/** Identifier of the management object for a network access point (OMA-DDS-DM_ConnMO-V1_0). */
const NAP_OBJECT = 'urn:oma:mo:oma-connmo-nap:1.0';

/**
 * An access point as the nodes of its management object, for the tree that a bootstrap puts into the inbox, with the
 * rights of the server on it; and how an account in the same tree refers to it (OMA-TS-DM_Bootstrap-V1_2, 5.4.3, 5.4.5).
 *
 * @throws BootstrapAccountError
 */
export function accessPointNodes(
  accessPoint: AccessPoint,
  serverId: string,
): { readonly nodes: TndsNode[]; readonly reference: string } {
  checkAccessPoint(accessPoint);
  const { id = DEFAULT_ACCESS_POINT_ID, name, apn, auth } = accessPoint;
  if (/[/?]/.test(id) || locUriFault(`./${id}`, 'Get') !== undefined) {
    throw new BootstrapAccountError('connection.id', 'is one segment of a LocURI');
  }
  const at = `./${id}`;
  const branch = (locUri: string): TndsNode => ({ locUri, format: 'node' });
  const text = (locUri: string, value: string): TndsNode => ({ locUri, format: 'chr', type: 'text/plain', value });
  return {
    nodes: [
      {
        ...branch(at),
        ddfName: NAP_OBJECT,
        acl: `Get=${serverId}&Replace=${serverId}&Delete=${serverId}`,
      },
      text(`${at}/Name`, name),
      text(`${at}/Addr`, apn),
      text(`${at}/AddrType`, 'APN'),
      branch(`${at}/Bearer`),
      text(`${at}/Bearer/BearerType`, 'GSM-GPRS'),
      ...(auth === undefined
        ? []
        : [
            branch(`${at}/AuthInfo`),
            text(`${at}/AuthInfo/AuthType`, auth.type),
            text(`${at}/AuthInfo/AuthName`, auth.username),
            text(`${at}/AuthInfo/AuthSecret`, auth.password),
          ]),
    ],
    reference: `./Inbox/${id}`,
  };
}
