import net from 'node:net';

/** One chunk that went over a connection. */
export interface Recorded {
  readonly fromClient: boolean;
  readonly octets: Buffer;
  /** From 0. */
  readonly connection: number;
}

const CLIENT_PORT = 50_000;
/** The port of the SMSC in captures. */
export const SMSC_PORT = 2775;

export interface RecordingRelay {
  readonly port: number;
  /** What went through, in order; grows. */
  readonly recorded: readonly Recorded[];
  close(): Promise<void>;
}

/** Stands between a client and a server on loopback and writes down what they say. */
export async function recordingRelay(serverPort: number): Promise<RecordingRelay> {
  const recorded: Recorded[] = [];
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const relay = net.createServer((client) => {
    const connection = connections++;
    const upstream = net.connect(serverPort, '127.0.0.1');
    client.on('data', (octets) => {
      recorded.push({ fromClient: true, octets, connection });
      upstream.write(octets);
    });
    upstream.on('data', (octets) => {
      recorded.push({ fromClient: false, octets, connection });
      client.write(octets);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => {
    relay.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (relay.address() as net.AddressInfo).port,
    recorded,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}

/** A capture file of raw IPv4 packets, each a TCP segment between two addresses (libpcap format, link type 101). */
export function pcapOf(recorded: readonly Recorded[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(101, 20);
  const sequences = new Map<number, { client: number; smsc: number }>();
  const packets = recorded.map(({ fromClient, octets, connection }, index) => {
    const sequence = sequences.get(connection) ?? { client: 1, smsc: 1 };
    sequences.set(connection, sequence);
    const clientPort = CLIENT_PORT + connection;
    const [from, to] = fromClient ? (['client', 'smsc'] as const) : (['smsc', 'client'] as const);
    const packet = Buffer.alloc(40);
    packet[0] = 0x45;
    packet.writeUInt16BE(40 + octets.length, 2);
    packet[8] = 64;
    packet[9] = 6;
    packet.set([127, 0, 0, fromClient ? 1 : 2], 12);
    packet.set([127, 0, 0, fromClient ? 2 : 1], 16);
    packet.writeUInt16BE(fromClient ? clientPort : SMSC_PORT, 20);
    packet.writeUInt16BE(fromClient ? SMSC_PORT : clientPort, 22);
    packet.writeUInt32BE(sequence[from], 24);
    packet.writeUInt32BE(sequence[to], 28);
    packet[32] = 0x50;
    packet[33] = 0x18;
    packet.writeUInt16BE(65_535, 34);
    sequence[from] += octets.length;
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000, 0);
    record.writeUInt32LE(index * 1_000, 4);
    record.writeUInt32LE(40 + octets.length, 8);
    record.writeUInt32LE(40 + octets.length, 12);
    return Buffer.concat([record, packet, octets]);
  });
  return Buffer.concat([header, ...packets]);
}
