import fc from 'fast-check';
import type {
  Chal,
  Command,
  Cred,
  Header,
  Item,
  Location,
  Message,
  Meta,
  RequestCommand,
} from '../../src/syncml/message.ts';

/** Messages as `parseMessage` may give them: what it trims is trimmed, what it drops is not there. */

/** Text XML 1.0 can hold. */
const anyText = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  .map((text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g, ''));
const trimmed = anyText.map((text) => text.trim());
const word = trimmed.map((text) => (text === '' ? 'x' : text));
const octetCount = fc.nat({ max: 2 ** 40 });

const location: fc.Arbitrary<Location> = fc.record({ uri: word, name: trimmed }, { requiredKeys: ['uri'] });

const meta: fc.Arbitrary<Meta> = fc.record(
  {
    format: fc.constantFrom('chr', 'int', 'bool', 'node', 'xml', 'b64'),
    type: trimmed,
    mark: trimmed,
    size: octetCount,
    nextNonce: trimmed,
    maxMsgSize: octetCount,
    maxObjSize: octetCount,
  },
  { requiredKeys: [] },
);

const cred: fc.Arbitrary<Cred> = fc.record(
  { type: trimmed, format: fc.constantFrom('b64', 'chr'), data: trimmed },
  { requiredKeys: ['type', 'data'] },
);

const chal: fc.Arbitrary<Chal> = fc.record(
  { type: trimmed, format: fc.constant('b64'), nextNonce: trimmed },
  { requiredKeys: ['type'] },
);

const textItem: fc.Arbitrary<Item> = fc.record(
  { target: location, source: location, meta, data: anyText, moreData: fc.constant(true) },
  { requiredKeys: [] },
);

/** Octets that no text can be taken for, whatever the Meta says, and any octets that are called `bin`. */
const octetItem: fc.Arbitrary<Item> = fc.oneof(
  fc.record({
    target: location,
    meta: fc.constant({ format: 'bin', type: 'image/png' }),
    data: fc.uint8Array({ minLength: 1, maxLength: 20 }),
  }),
  fc.record({
    target: location,
    data: fc.uint8Array({ maxLength: 20 }).map((octets) => Uint8Array.of(0xff, ...octets)),
  }),
);

function messages(item: fc.Arbitrary<Item>): fc.Arbitrary<Message> {
  const items = fc.array(item, { maxLength: 3 });
  const noResp = fc.constant(true);
  const itemsCommand = (name: 'Add' | 'Replace' | 'Delete' | 'Copy' | 'Get') =>
    fc.record(
      { name: fc.constant(name), cmdId: word, noResp, meta, items },
      { requiredKeys: ['name', 'cmdId', 'items'] },
    );
  const code = fc.integer({ min: 0, max: 9_999 });
  const { request } = fc.letrec<{ request: RequestCommand; container: RequestCommand; leaf: RequestCommand }>(
    (tie) => ({
      request: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), tie('container')),
      container: fc.record(
        {
          name: fc.constantFrom('Atomic' as const, 'Sequence' as const),
          cmdId: word,
          meta,
          commands: fc.array(tie('request'), { maxLength: 3 }),
        },
        { requiredKeys: ['name', 'cmdId', 'commands'] },
      ) as fc.Arbitrary<RequestCommand>,
      leaf: fc.oneof(
        itemsCommand('Add'),
        itemsCommand('Replace'),
        itemsCommand('Delete'),
        itemsCommand('Copy'),
        itemsCommand('Get'),
        fc.record(
          { name: fc.constant('Exec' as const), cmdId: word, meta, correlator: trimmed, items },
          { requiredKeys: ['name', 'cmdId', 'items'] },
        ),
        fc.record(
          {
            name: fc.constant('Alert' as const),
            cmdId: word,
            noResp,
            code,
            correlator: trimmed,
            items: fc.array(textItem, { maxLength: 2 }),
          },
          { requiredKeys: ['name', 'cmdId', 'code', 'items'] },
        ),
      ) as fc.Arbitrary<RequestCommand>,
    }),
  );
  const refs = fc.array(trimmed, { maxLength: 2 });
  const status = fc.record(
    {
      name: fc.constant('Status' as const),
      cmdId: word,
      msgRef: word,
      cmdRef: word,
      cmd: word,
      targetRefs: refs,
      sourceRefs: refs,
      cred,
      chal,
      code,
      items: fc.array(textItem, { maxLength: 2 }),
    },
    { requiredKeys: ['name', 'cmdId', 'msgRef', 'cmdRef', 'cmd', 'targetRefs', 'sourceRefs', 'code', 'items'] },
  );
  const results = fc.record(
    {
      name: fc.constant('Results' as const),
      cmdId: word,
      msgRef: trimmed,
      cmdRef: word,
      meta,
      targetRef: trimmed,
      sourceRef: trimmed,
      items,
    },
    { requiredKeys: ['name', 'cmdId', 'cmdRef', 'items'] },
  );
  const unknown = fc.record({
    name: fc.constant('Unknown' as const),
    cmdId: word,
    element: fc.constantFrom('Put', 'Sync', 'Map'),
  });
  const header: fc.Arbitrary<Header> = fc.record(
    {
      verDtd: fc.constantFrom('1.1', '1.2'),
      verProto: fc.constantFrom('DM/1.1', 'DM/1.2'),
      sessionId: word,
      msgId: word,
      target: location,
      source: location,
      respUri: trimmed,
      noResp,
      cred,
      meta,
    },
    { requiredKeys: ['verDtd', 'verProto', 'sessionId', 'msgId', 'target', 'source'] },
  );
  const commands = fc.array(fc.oneof(request, status, results, unknown) as fc.Arbitrary<Command>, { maxLength: 4 });
  return fc.record({ header, commands, final: fc.boolean() });
}

export const textMessage: fc.Arbitrary<Message> = messages(textItem);
export const anyMessage: fc.Arbitrary<Message> = messages(fc.oneof(textItem, octetItem));
