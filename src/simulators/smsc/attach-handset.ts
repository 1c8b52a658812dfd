import net from 'node:net';
import { readMessagePdu } from '../../wire/smpp/message-pdu.ts';
import { Peer } from './peer.ts';

export interface HandsetOptions {
  readonly host: string;
  readonly port: number;
  /** The number whose messages this handset gets. */
  readonly msisdn: string;
  /**
   * One short message: user data header with its length octet (empty when there is none) and the octets after it. The
   * SMSC counts it as delivered when the returned promise resolves; when it rejects, as undeliverable.
   */
  readonly onMessage: (udh: Uint8Array, body: Uint8Array) => void | Promise<void>;
  /** Pause before attaching anew after a loss, in milliseconds. */
  readonly retryMs?: number;
  /** How long the first attachment may take, tries included, in milliseconds. */
  readonly attachWithinMs?: number;
}

export interface Handset {
  readonly attached: boolean;
  /** Detaches; messages for the number wait at the SMSC from then on. */
  close(): Promise<void>;
}

const ESME_RX_P_APPN = 0x65;
const ESME_RINVCMDID = 0x03;

/**
 * Switches a handset on: binds to the simulated SMSC as a receiver whose address_range is its number. A lost
 * attachment is made again until {@link Handset.close}.
 * @throws Error when it could not attach in time
 */
export async function attachHandset(options: HandsetOptions): Promise<Handset> {
  const { host, port, retryMs = 500, attachWithinMs = 10_000 } = options;
  const giveUpAt = Date.now() + attachWithinMs;
  let peer: Peer | undefined;
  let attached = false;
  let closing = false;
  let timer: NodeJS.Timeout | undefined;

  const onRequest = (to: Peer, command: string | undefined, sequence: number, frame: Buffer): void => {
    if (command === 'enquire_link' || command === 'unbind') to.respond(`${command}_resp`, sequence);
    else if (command === 'deliver_sm') void deliver(to, sequence, frame);
    else to.respond('generic_nack', sequence, ESME_RINVCMDID);
  };

  const deliver = async (to: Peer, sequence: number, frame: Buffer): Promise<void> => {
    try {
      const { udh, body } = readMessagePdu(frame);
      await options.onMessage(udh, body);
      to.respond('deliver_sm_resp', sequence);
    } catch {
      to.respond('deliver_sm_resp', sequence, ESME_RX_P_APPN);
    }
  };

  const attach = async (): Promise<void> => {
    const socket = await connect(host, port);
    const made = new Peer(socket, {
      onRequest: (command, header, frame) => onRequest(made, command, header.sequence, frame),
      onClose: () => {
        if (peer !== made) return;
        attached = false;
        again();
      },
    });
    const status = await made.request('bind_receiver', {
      system_id: 'handset',
      password: '',
      address_range: options.msisdn.replace(/^\+/, ''),
      interface_version: 0x34,
    });
    if (status !== 0) {
      made.destroy();
      throw new Error(status === undefined ? 'the SMSC closed the connection' : `the SMSC answered status ${status}`);
    }
    if (closing) made.destroy();
    else {
      peer = made;
      attached = true;
    }
  };

  const again = (): void => {
    if (closing) return;
    timer = setTimeout(() => {
      attach().catch(again);
    }, retryMs);
  };

  for (;;) {
    try {
      await attach();
      break;
    } catch (error) {
      if (Date.now() + retryMs >= giveUpAt) {
        throw new Error(`handset ${options.msisdn} cannot attach to ${host}:${port}`, { cause: error });
      }
      await new Promise((resolve) => {
        setTimeout(resolve, retryMs);
      });
    }
  }

  return {
    get attached() {
      return attached;
    },
    async close() {
      if (closing) return;
      closing = true;
      clearTimeout(timer);
      attached = false;
      if (peer === undefined || peer.closed) return;
      const leaving = peer;
      const patience = setTimeout(() => leaving.destroy(), 500);
      await leaving.request('unbind', {});
      clearTimeout(patience);
      leaving.destroy();
    },
  };
}

function connect(host: string, port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
