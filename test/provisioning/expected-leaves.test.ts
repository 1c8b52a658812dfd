import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/provisioning/compile-document.ts';
import { expectedLeaves } from '../../src/provisioning/expected-leaves.ts';
import { instantiateCommands } from '../../src/provisioning/instantiate-commands.ts';

function leaves(document: string): Record<string, string | undefined> {
  const result = compileDocument(`<Commands>${document}</Commands>`);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  const instantiation = instantiateCommands(result.document.commands, {});
  if (!instantiation.ok) throw new Error('values');
  return Object.fromEntries([...expectedLeaves(instantiation.commands)].map(([uri, leaf]) => [uri, leaf.value]));
}

const item = (uri: string, rest: string) => `<Item><Target><LocURI>${uri}</LocURI></Target>${rest}</Item>`;
const add = (uri: string, value: string) => `<Add>${item(uri, `<Data>${value}</Data>`)}</Add>`;
const remove = (uri: string) => `<Delete>${item(uri, '')}</Delete>`;

describe('expectedLeaves', () => {
  it('takes one spelling for a node, and the last value', () => {
    expect(leaves(add('A/B', '1') + add('./A/C', '2') + add('./A/B', '3'))).toEqual({ './A/B': '3', './A/C': '2' });
    expect(leaves(add('./A%42/ä', '1') + add('AB/%C3%A4', '2') + add('./%FF', '3'))).toEqual({
      './AB/%C3%A4': '2',
      './%FF': '3',
    });
  });

  it('looks into Atomic and Sequence, in order', () => {
    expect(leaves(`<Sequence>${add('./A', '1')}<Atomic>${add('./A', '2')}</Atomic></Sequence>`)).toEqual({
      './A': '2',
    });
  });

  it('takes away what is deleted, with all below it, and not its neighbours', () => {
    expect(leaves(add('./A/B/C', '1') + add('./A/BB', '2') + add('./A/B', '3') + remove('A/B'))).toEqual({
      './A/BB': '2',
    });
  });

  it('copies a leaf or a subtree', () => {
    const copy = '<Copy><Item><Target><LocURI>./X</LocURI></Target><Source><LocURI>./A</LocURI></Source></Item></Copy>';
    expect(leaves(add('./A/B', '1') + copy)).toEqual({ './A/B': '1', './X/B': '1' });
  });

  it('has no interior nodes and no properties', () => {
    const node = '<Meta><Format>node</Format></Meta>';
    const acl = `<Replace>${item('./A?prop=ACL', '<Data>Get=*</Data>')}</Replace>`;
    expect(leaves(`<Add>${item('./A', node)}</Add>${acl}${add('./A/B', '')}`)).toEqual({ './A/B': '' });
  });

  it('shows octets as base64, however they were carried, and does not compare embedded XML', () => {
    const of = (format: string, value: string) =>
      `<Add>${item(`./${format}`, `<Meta><Format>${format}</Format></Meta><Data>${value}</Data>`)}</Add>`;
    expect(leaves(of('bin', 'AAE=') + of('b64', 'AAE=') + of('xml', '<a/>'))).toEqual({
      './bin': 'AAE=',
      './b64': 'AAE=',
      './xml': undefined,
    });
  });
});
