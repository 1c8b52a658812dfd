import type { Element } from '../../wire/element.ts';
import { buildDmApplication } from '../cp/dm-application.ts';
import type { BootstrapAccount } from '../dm-account.ts';
import type { Route } from './network.ts';
import type { DeviceManagementSettings } from './ota-settings.ts';

/** The account of the settings, its nonces as octets. */
export function bootstrapAccountOf(settings: DeviceManagementSettings): BootstrapAccount {
  const { version = '1.1', auth = 'md5', serverId, name, address, port, client, server } = settings;
  return {
    version,
    serverId,
    ...(name !== undefined && { name }),
    address,
    ...(port !== undefined && { port }),
    auth,
    client: { username: client.username, password: client.password, ...nonceOf(client) },
    server: { password: server.password, ...nonceOf(server) },
  };
}

/** The application of Device Management (w7). Microsoft's clients know no TO-PROXY there, so it goes past a real proxy. */
export function buildDeviceManagement(settings: DeviceManagementSettings, route: Route): Element {
  const { init, microsoft } = settings;
  const account = { ...bootstrapAccountOf(settings), ...(route.napId !== undefined && { connection: route.napId }) };
  return buildDmApplication(account, {
    ...(route.proxyId !== undefined && { proxy: route.proxyId }),
    ...(init !== undefined && { init }),
    ...(microsoft !== undefined && { microsoft }),
  });
}

function nonceOf({ nonce }: { readonly nonce?: string }): { readonly nonce?: Uint8Array } {
  return nonce === undefined ? {} : { nonce: new Uint8Array(Buffer.from(nonce, 'base64')) };
}
