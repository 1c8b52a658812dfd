import type { LinkSettings } from '../../domain/link.ts';
import type { LinkProbe } from '../../services/ports/link-monitor.ts';
import { sayBindRefused } from '../../wire/smpp/bind-status.ts';
import { sayConnectFault } from './connect-fault.ts';
import { SmppConnection } from './smpp-connection.ts';

const UNBIND_MS = 1_000;

/** Connects, binds as the link would, unbinds. Never rejects, and never names the password. */
export async function probeLink(settings: LinkSettings): Promise<LinkProbe> {
  const startedAt = performance.now();
  const [ok, detail] = await bindOnce(settings);
  return { ok, detail, durationMs: Math.round(performance.now() - startedAt) };
}

async function bindOnce(settings: LinkSettings): Promise<[ok: boolean, detail: string]> {
  const { systemId, password, systemType, addressTon, addressNpi, addressRange } = settings;
  let lost: string | undefined;
  let connection: SmppConnection;
  try {
    connection = await SmppConnection.open(settings, {
      onRequest: () => {},
      onClose: (reason) => {
        lost = reason;
      },
    });
  } catch (error) {
    return [false, sayConnectFault(settings, error)];
  }
  try {
    const answer = await connection.request(settings.bind === 'separate' ? 'bind_transmitter' : 'bind_transceiver', {
      system_id: systemId,
      password,
      system_type: systemType,
      interface_version: 0x34,
      addr_ton: addressTon,
      addr_npi: addressNpi,
      address_range: addressRange,
    });
    if (answer.kind !== 'response') {
      return [false, `no answer to the bind: ${answer.kind === 'lost' ? answer.reason : (lost ?? 'not sent')}`];
    }
    if (answer.status !== 0) {
      return [false, sayBindRefused(answer.status)];
    }
    const waited = new Promise<void>((resolve) => setTimeout(resolve, UNBIND_MS).unref());
    await Promise.race([connection.request('unbind', {}), waited]);
    return [true, 'bound and unbound'];
  } finally {
    connection.close('the try is over');
  }
}
