import { describe, expect, it } from 'vitest';
import { type CompiledDocument, compileDocument } from '../../src/provisioning/compile-document.ts';
import { countCommands } from '../../src/provisioning/package-command.ts';
import { buildTnds } from '../../src/provisioning/tnds.ts';
import { encodeWbxml } from '../../src/wire/wbxml/encode-wbxml.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';

function compiled(document: string | Uint8Array): CompiledDocument {
  const result = compileDocument(document);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.document;
}

const ADD = '<Add><Item><Target><LocURI>./A</LocURI></Target><Data>1</Data></Item></Add>';
const DELETE = '<Delete><Item><Target><LocURI>A/B</LocURI></Target></Item></Delete>';
const names = (document: CompiledDocument) => document.commands.map((command) => `${command.line} ${command.name}`);

describe('compileDocument accepts', () => {
  it('a SyncML document with a header, which says nothing but the version', () => {
    const document = compiled(`<SyncML>
      <SyncHdr>
        <VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>
        <Target><LocURI>IMEI:1</LocURI></Target><Source><LocURI>https://server/</LocURI><LocName>x</LocName></Source>
        <RespURI>https://server/</RespURI><Meta><MaxMsgSize xmlns="syncml:metinf">5000</MaxMsgSize></Meta>
      </SyncHdr>
      <SyncBody>${ADD}<Final/></SyncBody></SyncML>`);
    expect(document).toEqual({
      kind: 'dm',
      version: '1.2',
      commands: [{ name: 'Add', line: 7, items: [{ target: { uri: './A' }, data: '1' }] }],
      variables: [],
      commandCount: 1,
    });
  });

  it('a SyncML document of each version, in its namespace or in none, prefixed or not', () => {
    const body = `<SyncBody>${ADD}</SyncBody>`;
    expect(compiled(`<SyncML xmlns="SYNCML:SYNCML1.1">${body}</SyncML>`).version).toBe('1.1');
    expect(compiled(`<SyncML xmlns="SYNCML:SYNCML1.2">${body}</SyncML>`).version).toBe('1.2');
    expect(compiled(`<SyncML xmlns="syncml:SYNCML1.1">${body}</SyncML>`).version).toBe('1.1');
    expect(compiled(`<SyncML>${body}</SyncML>`)).not.toHaveProperty('version');
    const prefixed = ADD.replace(/<(\/?)/g, '<$1s:');
    expect(compiled(`<s:SyncBody xmlns:s="SYNCML:SYNCML1.2">${prefixed}</s:SyncBody>`).version).toBe('1.2');
  });

  it('a DOCTYPE that names the DTD', () => {
    const doctype = '<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.1//EN" "http://host/syncml.dtd">';
    expect(names(compiled(`<?xml version="1.0"?>${doctype}\n<SyncML><SyncBody>${ADD}</SyncBody></SyncML>`))).toEqual([
      '2 Add',
    ]);
  });

  it('a byte order mark', () => {
    expect(names(compiled(Buffer.from(`\uFEFF<SyncBody>${ADD}</SyncBody>`)))).toEqual(['1 Add']);
    expect(names(compiled(Buffer.from(`\uFEFF${ADD}${DELETE}`)))).toEqual(['1 Add', '1 Delete']);
  });

  it('a SyncBody alone', () => {
    expect(names(compiled(`<SyncBody>\n${ADD}\n${DELETE}\n</SyncBody>`))).toEqual(['2 Add', '3 Delete']);
  });

  it.each(['Commands', 'package', 'provisioning'])('a list of commands in an element %s', (root) => {
    expect(names(compiled(`<${root}>${ADD}\n${DELETE}<Final/></${root}>`))).toEqual(['1 Add', '2 Delete']);
  });

  it('one command with nothing around it', () => {
    expect(names(compiled(`<?xml version="1.0"?>\n<!-- one -->\n${ADD}`))).toEqual(['3 Add']);
    expect(names(compiled(`<Atomic>${ADD}</Atomic>`))).toEqual(['1 Atomic']);
  });

  it('several commands with nothing around them, a declaration and comments in front', () => {
    const document = compiled(`<?xml version="1.0" encoding="UTF-8"?>\n<!-- two\n -->${ADD}\n${DELETE}\n`);
    expect(names(document)).toEqual(['3 Add', '4 Delete']);
  });

  it('places of faults in a list with nothing around it', () => {
    const faulty = `<Add xmlns="SYNCML:SYNCML1.1"/>\n  ${DELETE}<Get><Foo/></Get>`;
    const result = compileDocument(faulty);
    expect(result.ok ? [] : result.faults.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([
      '1:1 missing-item',
      `2:${3 + DELETE.length} missing-item`,
      `2:${8 + DELETE.length} unknown-element`,
    ]);
    const unclosed = compileDocument(`${ADD}<Get><Item></Get>`);
    expect(unclosed.ok ? [] : unclosed.faults).toEqual([
      expect.objectContaining({ line: 1, column: ADD.length + 17, code: 'xml' }),
    ]);
  });

  it('a property as text without Meta, and leaves out a Meta that says so', () => {
    const acl =
      '<Item><Target><LocURI>./A?prop=ACL</LocURI></Target>%<Data> Get=*&amp;Replace={{serverId}} </Data></Item>';
    const plain = [
      { name: 'Replace', line: 1, items: [{ target: { uri: './A?prop=ACL' }, data: 'Get=*&Replace={{serverId}}' }] },
    ];
    const meta = '<Meta><Format>chr</Format><Type>text/plain</Type></Meta>';
    expect(compiled(`<Replace>${acl.replace('%', '')}</Replace>`).commands).toEqual(plain);
    expect(compiled(`<Replace>${acl.replace('%', meta)}</Replace>`).commands).toEqual(plain);
    expect(compiled(`<Replace>${meta}${acl.replace('%', '')}</Replace>`).commands).toEqual(plain);
    const empty = '<Replace><Item><Target><LocURI>./A?prop=ACL</LocURI></Target><Data/></Item></Replace>';
    expect(compiled(empty).commands[0]).toMatchObject({ items: [{ data: '' }] });
  });

  it('a whole tree in one command: as elements, as text and as WBXML', () => {
    const root = buildTnds([{ locUri: './Name', format: 'chr', value: '{{name}}' }], { encoding: 'xml' });
    const xml = encodeXml(root, { declaration: false });
    const wbxml = Buffer.from(encodeWbxml(root, { language: 'dm-ddf-1.2' })).toString('base64');
    const add = (format: string, kind: string, data: string) =>
      compiled(
        `<Add><Item><Target><LocURI>./A</LocURI></Target><Meta><Format>${format}</Format>` +
          `<Type>application/vnd.syncml.dmtnds+${kind}</Type></Meta><Data>${data}</Data></Item></Add>`,
      );
    expect(add('xml', 'xml', xml)).toMatchObject({ variables: ['name'] });
    expect(add('xml', 'xml', `<![CDATA[${xml}]]>`)).toMatchObject({ variables: ['name'] });
    expect(add('bin', 'wbxml', wbxml).commandCount).toBe(1);
    expect(add('b64', 'wbxml', wbxml).commandCount).toBe(1);
  });

  it('LocURIs with "./", without it, and the root for Get', () => {
    const document = compiled(
      '<Get><Item><Target><LocURI>.</LocURI></Target></Item><Item><Target><LocURI>.?list=StructData</LocURI></Target></Item>' +
        '<Item><Target><LocURI>DevInfo</LocURI></Target></Item><Item><Target><LocURI>./A?prop=ACL</LocURI></Target></Item></Get>',
    );
    const [get] = document.commands;
    expect(get?.name === 'Get' && get.items.map((item) => item.target?.uri)).toEqual([
      '.',
      '.?list=StructData',
      'DevInfo',
      './A?prop=ACL',
    ]);
  });

  it('the children of a command and of an Item in any order', () => {
    const document = compiled(
      '<Add><Item><Data>1</Data><Meta><Format>int</Format></Meta><Target><LocURI>./A</LocURI></Target></Item><CmdID>4</CmdID></Add>',
    );
    expect(document.commands).toEqual([
      { name: 'Add', line: 1, items: [{ target: { uri: './A' }, meta: { format: 'int' }, data: '1' }] },
    ]);
  });

  it('OMA CP documents, also those that add to what a device holds', () => {
    const document = compiled(
      '<wap-provisioningdoc version="1.1"><characteristic type="NAPDEF"><parm name="NAP-ADDRESS" value="{{apn}}"/>' +
        '<characteristic type="VALIDITY"/></characteristic></wap-provisioningdoc>',
    );
    expect(document).toEqual({ kind: 'cp', commands: [], variables: ['apn'], commandCount: 0 });
  });
});

describe('the compiled form', () => {
  it('keeps Meta where it was written and checks Data by what an Item inherits', () => {
    const { commands } = compiled(`<Replace><Meta><Format xmlns="syncml:metinf">bool</Format></Meta>
      <Item><Target><LocURI>./A</LocURI></Target><Data> true\n</Data></Item>
      <Item><Target><LocURI>./B</LocURI></Target><Meta><Format>chr</Format><Type>text/plain</Type><Size>3</Size></Meta><Data> x </Data></Item>
    </Replace>`);
    expect(commands).toEqual([
      {
        name: 'Replace',
        line: 1,
        meta: { format: 'bool' },
        items: [
          { target: { uri: './A' }, data: 'true' },
          { target: { uri: './B' }, meta: { format: 'chr', type: 'text/plain', size: 3 }, data: ' x ' },
        ],
      },
    ]);
  });

  it('keeps octets as base64 without blanks, base64 as text, and leaves out the Data of an interior node', () => {
    const of = (format: string, value: string) => {
      const [add] = compiled(
        `<Add><Item><Target><LocURI>./A</LocURI></Target><Meta><Format>${format}</Format></Meta><Data>${value}</Data></Item></Add>`,
      ).commands;
      return add !== undefined && 'items' in add ? add.items[0]?.data : 'no item';
    };
    expect(of('bin', '\n AAEC\n Aw==\n')).toEqual({ base64: 'AAECAw==' });
    expect(of('b64', '\n AAEC\n Aw==\n')).toBe('AAECAw==');
    expect(of('bin', '')).toEqual({ base64: '' });
    expect(of('node', ' ')).toBeUndefined();
    expect(of('null', '')).toBe('');
    expect(of('int', '-12')).toBe('-12');
    expect(of('float', '1.5e3')).toBe('1.5e3');
    expect(of('date', '20040229')).toBe('20040229');
    expect(of('time', '2004-02-29T16:55:00Z')).toBe('2004-02-29T16:55:00Z');
    expect(of('xml', '<![CDATA[<a/>]]>')).toBe('<a/>');
    expect(of('chr', 'a<!-- not here -->b')).toBe('ab');
  });

  it('keeps embedded XML as elements', () => {
    const { commands, variables } = compiled(
      '<Add><Item><Target><LocURI>./A</LocURI></Target><Meta><Format>xml</Format></Meta>' +
        '<Data>\n<t xmlns="urn:t" a="{{one}}"><u>{{two}}</u></t>\n</Data></Item></Add>',
    );
    expect(variables).toEqual(['one', 'two']);
    const [add] = commands;
    expect(add !== undefined && 'items' in add && add.items[0]?.data).toEqual({
      elements: [
        {
          name: 't',
          namespace: 'urn:t',
          attributes: [{ name: 'a', value: '{{one}}' }],
          children: [{ name: 'u', namespace: 'urn:t', attributes: [], children: ['{{two}}'] }],
        },
      ],
    });
  });

  it('keeps groups, alerts, correlators and names of locations, and counts what stands at the top', () => {
    const document = compiled(`<SyncBody xmlns="SYNCML:SYNCML1.2">
      <Sequence>
        <Alert><Data>1103</Data><Item/><Item><Data>Which?</Data></Item><Item><Data>This</Data></Item></Alert>
        <Atomic>${ADD}</Atomic>
        <Exec><Correlator>c-{{imei}}</Correlator><Item><Target><LocURI>./X</LocURI><LocName>n</LocName></Target></Item></Exec>
      </Sequence>
      <Copy><Item><Target><LocURI>./B</LocURI></Target><Source><LocURI>./A</LocURI></Source></Item></Copy>
    </SyncBody>`);
    expect(document.commandCount).toBe(2);
    expect(countCommands(document.commands)).toBe(6);
    expect(document.commands).toEqual([
      {
        name: 'Sequence',
        line: 2,
        commands: [
          { name: 'Alert', line: 3, code: 1103, items: [{}, { data: 'Which?' }, { data: 'This' }] },
          {
            name: 'Atomic',
            line: 4,
            commands: [{ name: 'Add', line: 4, items: [{ target: { uri: './A' }, data: '1' }] }],
          },
          { name: 'Exec', line: 5, correlator: 'c-{{imei}}', items: [{ target: { uri: './X', name: 'n' } }] },
        ],
      },
      { name: 'Copy', line: 7, items: [{ target: { uri: './B' }, source: { uri: './A' } }] },
    ]);
  });

  it.each([
    ['1100', 'MINDT=10&amp;MAXDT=10'],
    ['1101', 'DR=0'],
    ['1102', 'MAXLEN=4&amp;DR=%C3%A4bc+&amp;IT=N&amp;ET=P'],
    ['1102', 'DR=&amp;X-VENDOR=a%26b'],
    ['1103', 'DR=2'],
    ['1104', 'DR=2-1'],
    ['1104', 'MAXDT={{seconds}}&amp;DR={{default}}'],
    ['1100', '  '],
  ])('lets a user interaction %s have the options %s', (code, options) => {
    const text = '<Item><Data>Well?</Data></Item>';
    const choices = code > '1102' ? text + text : '';
    const [alert] = compiled(
      `<Alert><Data>${code}</Data><Item><Data>${options}</Data></Item>${text}${choices}</Alert>`,
    ).commands;
    expect(alert !== undefined && 'items' in alert && alert.items[0]?.data).toBe(options.replaceAll('&amp;', '&'));
  });

  it('is a JSON value', () => {
    const { commands } = compiled(
      `<SyncBody>${ADD}<Replace><Item><Target><LocURI>./X</LocURI></Target><Meta><Format>bin</Format></Meta><Data>AAE=</Data></Item></Replace></SyncBody>`,
    );
    expect(JSON.parse(JSON.stringify(commands))).toEqual(commands);
  });

  it('lists variables sorted and once, wherever they stand', () => {
    const document = compiled(
      '<Add><Meta><Type>text/{{type}}</Type></Meta><Item><Target><LocURI>./{{node}}</LocURI><LocName>{{name}}</LocName></Target><Data>{{ imei }} {{node}} {{{{no}}</Data></Item></Add>',
    );
    expect(document.variables).toEqual(['imei', 'name', 'node', 'type']);
  });
});
