import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ManagementTree } from '../../src/simulators/device/management-tree.ts';
import { decodeMessage } from '../../src/simulators/device/message-codec.ts';
import type { TreeNode } from '../../src/simulators/device/tree-node.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import type { Message } from '../../src/syncml/message.ts';

/**
 * Our device in the place of the one whose session was captured: the server's messages come as they came then, and our
 * answers are held against that client's.
 */
const FIXTURES = new URL('../../../shared/fixtures/dm-client-transcripts/', import.meta.url);

/** The outcome of every command, and every value reported: what a server goes by. */
function answersOf({ commands }: Message): string[] {
  return commands.flatMap((command) => {
    if (command.name === 'Status') return [`${command.msgRef}/${command.cmdRef} ${command.cmd} ${command.code}`];
    if (command.name !== 'Results') return [];
    return command.items.map(({ source, meta, data }) => `${command.cmdRef} ${source?.uri} ${meta?.format} ${data}`);
  });
}

/** What that client's tree holds, as far as it is asked for. */
const leaf = (value: string): TreeNode => ({ kind: 'leaf', value, format: 'chr', type: 'text/plain' });
const interior = (children: Record<string, TreeNode>): TreeNode & { kind: 'interior' } => ({
  kind: 'interior',
  children: new Map(Object.entries(children)),
});
const empty = (...names: string[]) => interior(Object.fromEntries(names.map((name) => [name, interior({})])));
const devInfo = interior({ DevId: leaf('DMCtest'), Man: leaf('test manufacturer'), Mod: leaf('test model') });

describe.each(['wbxml', 'xml'] as const)('the captured session in %s', (encoding) => {
  it('goes the same way with our device', async () => {
    const folder = new URL(`dm11-${encoding}/`, FIXTURES);
    const captured = (number: number, side: 'req' | 'rsp'): Buffer =>
      readFileSync(new URL(`0${number}-${side}.${encoding}`, folder));
    const heard: Message[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        heard.push(decodeMessage(Buffer.concat(chunks), encoding));
        response.setHeader('Content-Type', `application/vnd.syncml+${encoding}`);
        response.end(captured(heard.length - 1, 'rsp'));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const device = new VirtualDevice({
        deviceId: 'DMCtest',
        serverUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/funambol/dm`,
        client: { username: 'funambol', password: 'funambol' },
        server: { id: 'funambol', password: 'srvpwd' },
        // That client sends Basic itself and asks its server for a digest.
        auth: 'md5',
        encoding,
        mediaType: 'application/vnd.syncml',
        tree: new ManagementTree(
          interior({
            ...Object.fromEntries(empty('Inbox', 'DMAcc').children),
            Vendor: empty('memory'),
            DevInfo: devInfo,
            DevDetail: empty('URI', 'DevTyp', 'OEM', 'FwV', 'SwV', 'HwV', 'LrgObj'),
            test: interior({}),
          }),
        ),
      });
      const outcome = await device.runSession({ sessionId: '1' });
      expect(outcome).toMatchObject({ end: 'completed', serverAuthenticated: true, messages: 3, executed: 8 });
      // The scripted server names its device otherwise.
      expect(outcome.complaints).toEqual(['a message for urn:uuid:device']);
      expect(heard.slice(1).map(answersOf)).toEqual(
        [1, 2].map((number) => answersOf(decodeMessage(captured(number, 'req'), encoding))),
      );
      expect(device.tree.valueOf('./Vendor/memory/x1')).toBe('world');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
