import { describe, expect, it } from 'vitest';
import type { Command, Data, Message, Meta } from '../../src/syncml/message.ts';
import { isSecretNode, maskMessage } from '../../src/syncml/secret-nodes.ts';
import { TNDS_WBXML, TNDS_XML } from '../../src/syncml/serialised-tree.ts';
import { element } from '../../src/wire/element.ts';

const leaf = (name: string, value: string) =>
  element('Node', 'syncml:dmddf1.2', [
    element('NodeName', 'syncml:dmddf1.2', [name]),
    element('Value', 'syncml:dmddf1.2', [value]),
  ]);
const TREE = element('MgmtTree', 'syncml:dmddf1.2', [
  element('Node', 'syncml:dmddf1.2', [
    element('NodeName', 'syncml:dmddf1.2', ['x']),
    leaf('AAuthName', 'shown'),
    leaf('AAuthSecret', 'hidden'),
  ]),
]);

function masked(data: Data, meta: Meta, commandMeta?: Meta): string {
  const command: Command = {
    name: 'Add',
    cmdId: '1',
    ...(commandMeta !== undefined && { meta: commandMeta }),
    items: [{ target: { uri: './DMAcc' }, meta, data }],
  };
  const header = {
    verDtd: '1.2',
    verProto: 'DM/1.2',
    sessionId: '1',
    msgId: '1',
    target: { uri: 'a' },
    source: { uri: 'b' },
  };
  const message: Message = { header, commands: [command], final: true };
  return JSON.stringify(maskMessage(message));
}

describe('a serialised tree in the message log', () => {
  it('keeps its elements but for the values of secret nodes', () => {
    const shown = masked({ elements: [TREE] }, { format: 'xml', type: TNDS_XML });
    expect(shown).toContain('shown');
    expect(shown).toContain('AAuthSecret');
    expect(shown).not.toContain('hidden');
  });

  it('is not kept where it is text or octets, whether Item or command says what it is', () => {
    expect(masked('<MgmtTree>hidden</MgmtTree>', { type: TNDS_XML })).not.toContain('hidden');
    expect(masked('<MgmtTree>hidden</MgmtTree>', {}, { type: `${TNDS_XML}; charset=UTF-8` })).not.toContain('hidden');
    expect(masked(Buffer.from('hidden'), { type: TNDS_WBXML })).toContain('***');
    expect(masked('plain', { type: 'text/plain' })).toContain('plain');
  });

  it('is left out of the later pieces of an answer, too, which do not say what they are', () => {
    const items = [{ source: { uri: './DMAcc?list=TNDS' }, data: 'hidden' }];
    const header = {
      verDtd: '1.2',
      verProto: 'DM/1.2',
      sessionId: '1',
      msgId: '1',
      target: { uri: 'a' },
      source: { uri: 'b' },
    };
    const message: Message = { header, commands: [{ name: 'Results', cmdId: '1', cmdRef: '1', items }], final: true };
    expect(JSON.stringify(maskMessage(message))).not.toContain('hidden');
  });

  it('does not hide what is said about a secret node', () => {
    expect(isSecretNode('./DMAcc/x/AAuthSecret?prop=ACL')).toBe(false);
    expect(isSecretNode('./DMAcc/x/AAuthSecret')).toBe(true);
    expect(isSecretNode('./DMAcc/x/AAuthSecret?list=StructData')).toBe(true);
  });
});
