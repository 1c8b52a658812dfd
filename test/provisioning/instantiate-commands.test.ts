import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/provisioning/compile-document.ts';
import { instantiateCommands } from '../../src/provisioning/instantiate-commands.ts';
import type { PackageCommand } from '../../src/provisioning/package-command.ts';
import type { Item, RequestCommand } from '../../src/syncml/message.ts';

function compiled(document: string): readonly PackageCommand[] {
  const result = compileDocument(document);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  // As a store gives them back.
  return JSON.parse(JSON.stringify(result.document.commands));
}

const replace = (uri: string, format: string, data: string) =>
  `<Replace><Item><Target><LocURI>${uri}</LocURI></Target><Meta><Format>${format}</Format></Meta><Data>${data}</Data></Item></Replace>`;

function instances(document: string, values: Record<string, string> = {}): RequestCommand[] {
  const result = instantiateCommands(compiled(document), values);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.commands;
}

function itemOf(document: string, values: Record<string, string>): Item | undefined {
  const [command] = instances(document, values);
  return command !== undefined && 'items' in command ? command.items[0] : undefined;
}

describe('instantiateCommands', () => {
  it('refuses a value that would break an access control list', () => {
    const document =
      '<Replace><Item><Target><LocURI>./A?prop=ACL</LocURI></Target><Data>Get={{who}}</Data></Item></Replace>';
    expect(itemOf(document, { who: 'a+b' })?.data).toBe('Get=a+b');
    const refused = instantiateCommands(compiled(document), { who: 'a b' });
    expect(refused).toMatchObject({ ok: false, invalid: [{ message: expect.stringMatching(/access control list/) }] });
  });

  it('makes the commands of the session, without numbers and lines', () => {
    expect(
      instances(
        `<Commands>
        <Sequence><Meta><Type>a</Type></Meta><Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get></Sequence>
        <Alert><Data>1101</Data><Item/><Item><Data>Go?</Data></Item></Alert>
        <Exec><Correlator>c{{n}}</Correlator><Item><Target><LocURI>./B</LocURI><LocName>{{n}}</LocName></Target></Item></Exec>
        <Copy><Meta><Format>chr</Format></Meta><Item><Target><LocURI>./C</LocURI></Target><Source><LocURI>./{{n}}</LocURI></Source></Item></Copy>
      </Commands>`,
        { n: '1' },
      ),
    ).toEqual([
      {
        name: 'Sequence',
        cmdId: '',
        meta: { type: 'a' },
        commands: [{ name: 'Get', cmdId: '', items: [{ target: { uri: './A' } }] }],
      },
      { name: 'Alert', cmdId: '', code: 1101, items: [{}, { data: 'Go?' }] },
      { name: 'Exec', cmdId: '', correlator: 'c1', items: [{ target: { uri: './B', name: '1' } }] },
      {
        name: 'Copy',
        cmdId: '',
        meta: { format: 'chr' },
        items: [{ target: { uri: './C' }, source: { uri: './1' } }],
      },
    ]);
  });

  it('writes values into the options of a user interaction as parts of one option, which is held to its rules then', () => {
    const ask = (options: string): string =>
      `<Alert><Data>1102</Data><Item><Data>${options}</Data></Item><Item><Data>Who?</Data></Item></Alert>`;
    const values = { name: 'ä&MAXDT=x', seconds: '30' };
    expect(itemOf(ask('DR={{name}}&amp;MAXDT={{seconds}}'), values)?.data).toBe('DR=%C3%A4%26MAXDT%3Dx&MAXDT=30');
    expect(instantiateCommands(compiled(ask('MAXDT={{seconds}}')), { seconds: 'soon' })).toEqual({
      ok: false,
      missing: [],
      invalid: [
        {
          line: 1,
          message: 'with the values given, the option MAXDT has to be a positive whole number of seconds',
        },
      ],
    });
  });

  it('turns bin into octets and leaves b64 as text', () => {
    expect(itemOf(replace('./A', 'bin', 'AAH/'), {})?.data).toEqual(Uint8Array.of(0, 1, 255));
    expect(itemOf(replace('./A', 'bin', ''), {})?.data).toEqual(Uint8Array.of());
    expect(itemOf(replace('./A', 'b64', 'AAH/'), {})?.data).toBe('AAH/');
  });

  it('puts values into text as they are', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(itemOf(replace('./A', 'chr', 'a{{v}}b{{{{v}}'), { v: value })?.data).toBe(`a${value}b{{v}}`);
      }),
    );
  });

  it('keeps a value inside its segment of a LocURI, from which it can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (value) => {
        fc.pre(value !== '.' && value !== '..');
        const uri = itemOf(replace('./A/{{v}}/B', 'chr', ''), { v: value })?.target?.uri ?? '';
        expect(uri.split('/')).toHaveLength(4);
        expect(uri).toMatch(/^[\x21-\x7e]+$/);
        expect(uri).not.toContain('?');
        expect(decodeURIComponent(uri.split('/')[2] ?? '')).toBe(value);
      }),
    );
  });

  it('leaves what is allowed in a segment unescaped', () => {
    expect(itemOf(replace('./A/{{v}}', 'chr', ''), { v: 'IMEI:1@a+b,c=$&~' })?.target?.uri).toBe(
      './A/IMEI:1@a+b,c=$&~',
    );
  });

  it('escapes values in text that is XML, and leaves that to the encoders in embedded elements', () => {
    const text = replace('./A', 'xml', '&lt;a b="{{v}}">{{v}}&lt;/a>');
    expect(itemOf(text, { v: `<&'">` })?.data).toBe('<a b="&lt;&amp;&apos;&quot;&gt;">&lt;&amp;&apos;&quot;&gt;</a>');
    const elements = replace('./A', 'xml', '<a b="{{v}}"><c>{{v}}</c></a>');
    expect(itemOf(elements, { v: '<&' })?.data).toEqual({
      elements: [
        {
          name: 'a',
          namespace: '',
          attributes: [{ name: 'b', value: '<&' }],
          children: [{ name: 'c', namespace: '', attributes: [], children: ['<&'] }],
        },
      ],
    });
  });

  it('puts values into the Type of a command and of an Item', () => {
    const document =
      '<Add><Meta><Type>a/{{t}}</Type></Meta><Item><Target><LocURI>./A</LocURI></Target><Meta><Type>{{t}}</Type></Meta></Item></Add>';
    expect(instances(document, { t: 'x' })).toEqual([
      { name: 'Add', cmdId: '', meta: { type: 'a/x' }, items: [{ target: { uri: './A' }, meta: { type: 'x' } }] },
    ]);
  });

  it('takes a value that is base64, in one piece or as a part', () => {
    expect(itemOf(replace('./A', 'bin', '{{v}}'), { v: 'AAH/\n' })?.data).toEqual(Uint8Array.of(0, 1, 255));
    expect(itemOf(replace('./A', 'bin', 'AAEC{{v}}'), { v: 'Aw==' })?.data).toEqual(Uint8Array.of(0, 1, 2, 3));
  });

  it('names every missing variable once, sorted, and nothing that follows from it', () => {
    const document = `<Commands>${replace('./{{b}}', 'int', '{{c}}')}${replace('./{{a}}/{{b}}', 'chr', '{{d}}')}</Commands>`;
    expect(instantiateCommands(compiled(document), { d: '' })).toEqual({
      ok: false,
      missing: ['a', 'b', 'c'],
      invalid: [],
    });
  });

  it('does not take inherited properties for values', () => {
    const document = replace('./A', 'chr', '{{constructor}}{{__proto__}}');
    expect(instantiateCommands(compiled(document), {})).toMatchObject({
      ok: false,
      missing: ['__proto__', 'constructor'],
    });
  });

  it.each([
    ['a number that is none', replace('./A', 'int', '{{v}}'), 'x', /whole/],
    ['a boolean that is none', replace('./A', 'bool', '{{v}}'), 'TRUE', /"true"/],
    ['base64 that does not decode', replace('./A', 'bin', 'AAEC{{v}}'), 'A', /base64/],
    ['an empty segment', replace('./{{v}}/A', 'chr', ''), '', /empty segment/],
    ['a way up', replace('./A/{{v}}', 'chr', ''), '..', /"\.\."/],
    ['a segment that is too long', replace('./A/{{v}}', 'chr', ''), 'ä'.repeat(43), /255/],
  ])('refuses %s, with line and LocURI but without the value', (_, document, value, reason) => {
    const result = instantiateCommands(compiled(`<Commands>\n${document}</Commands>`), { v: value });
    expect(result).toMatchObject({
      ok: false,
      missing: [],
      invalid: [{ line: 2, message: expect.stringMatching(reason) }],
    });
    expect(result.ok ? undefined : result.invalid[0]?.locUri).toMatch(/^\.\//);
    expect(result.ok ? '' : result.invalid[0]?.message).not.toContain(value === '' || value === '..' ? '\0' : value);
  });

  it.each(['\0', 'a\u001b', '\ud800', '\uffff'])('refuses a value that no XML message could carry', (value) => {
    for (const document of [replace('./A/{{v}}', 'chr', ''), replace('./A', 'int', '{{v}}')]) {
      expect(instantiateCommands(compiled(document), { v: value })).toEqual({
        ok: false,
        missing: [],
        invalid: [{ line: 1, message: 'the value of v has a character that XML cannot carry' }],
      });
    }
  });

  it('refuses values that would make a small package huge', () => {
    const document = replace('./A', 'chr', '{{v}}'.repeat(1000));
    const result = instantiateCommands(compiled(document), { v: 'x'.repeat(1000) }, { maxExpansion: 10_000 });
    expect(result).toMatchObject({
      ok: false,
      missing: [],
      invalid: [{ message: expect.stringMatching(/too large/) }],
    });
  });

  it('changes nothing in the stored commands', () => {
    const commands = compiled(replace('./{{v}}', 'xml', '<a b="{{v}}"/>'));
    const before = JSON.stringify(commands);
    instantiateCommands(commands, { v: '1' });
    expect(JSON.stringify(commands)).toBe(before);
  });
});
