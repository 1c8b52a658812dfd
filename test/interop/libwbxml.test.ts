import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childElements, type Element, element, isElement, type Node } from '../../src/wire/element.ts';
import { decodeWbxml } from '../../src/wire/wbxml/decode-wbxml.ts';
import { encodeWbxml, type WbxmlEncodeOptions } from '../../src/wire/wbxml/encode-wbxml.ts';
import { LANGUAGES } from '../../src/wire/wbxml/languages.ts';
import { WbxmlError } from '../../src/wire/wbxml/wbxml-error.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';

/**
 * Our codec beside libwbxml (Debian's libwbxml2-utils) and beside bytes that a device client and its scripted server
 * exchanged (see the README of the fixtures).
 */
const fixtures = fileURLToPath(new URL('../../../shared/fixtures/dm-client-transcripts/', import.meta.url));
const samples = fileURLToPath(new URL('../../provisioning-xml/', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'libwbxml-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function xml2wbxml(xml: string, ...flags: string[]): Uint8Array {
  const [input, output] = [join(folder, 'in.xml'), join(folder, 'out.wbxml')];
  writeFileSync(input, xml);
  run('xml2wbxml', [...flags, '-o', output, input]);
  return readFileSync(output);
}

function wbxml2xml(wbxml: Uint8Array, ...flags: string[]): string {
  const [input, output] = [join(folder, 'in.wbxml'), join(folder, 'out.xml')];
  writeFileSync(input, wbxml);
  run('wbxml2xml', ['-m', '0', '-k', ...flags, '-o', output, input]);
  return readFileSync(output, 'utf8');
}

function run(program: string, args: string[]): void {
  try {
    execFileSync(program, args, { stdio: 'pipe', timeout: 10_000 });
  } catch (cause) {
    throw new Error(`${program} ${args.join(' ')} failed; Debian has it in libwbxml2-utils`, { cause });
  }
}

/**
 * Opaque data read as text, neighbouring strings joined: what the two notations of a value have in common. xml2wbxml
 * turns the line ends inside SyncML's Data into CR LF.
 */
function asText(tree: Element): Element {
  const children: Node[] = [];
  for (const node of tree.children) {
    if (isElement(node)) {
      children.push(asText(node));
      continue;
    }
    const text = (typeof node === 'string' ? node : new TextDecoder().decode(node)).replaceAll('\r\n', '\n');
    const last = children.at(-1);
    if (typeof last === 'string') children[children.length - 1] = last + text;
    else if (text !== '') children.push(text);
  }
  return { ...tree, children };
}

const DOCTYPES: Readonly<Record<string, { publicId: string; systemId: string }>> = {
  'syncml-1.1': {
    publicId: '-//SYNCML//DTD SyncML 1.1//EN',
    systemId: 'http://www.syncml.org/docs/syncml_represent_v11_20020213.dtd',
  },
  'syncml-1.2': {
    publicId: '-//SYNCML//DTD SyncML 1.2//EN',
    systemId: 'http://www.openmobilealliance.org/tech/DTD/OMA-TS-SyncML_RepPro_DTD-V1_2.dtd',
  },
};

function hasAttributes(tree: Element): boolean {
  return tree.attributes.length > 0 || childElements(tree).some(hasAttributes);
}

type SyncmlName = 'syncml-1.1' | 'syncml-1.2';

/** Both directions between our codec and theirs. */
function expectAgreement(root: Element, language: SyncmlName): void {
  const doctype = DOCTYPES[language] as { publicId: string; systemId: string };
  for (const flags of [[], ['-n'], ['-v', '1.1'], ['-v', '1.2', '-n']]) {
    const theirs = xml2wbxml(encodeXml(root, { doctype }), '-k', ...flags);
    expect(asText(decodeWbxml(theirs).root)).toEqual(asText(root));
  }
  for (const version of ['1.1', '1.2', '1.3'] as const) {
    for (const publicIdStyle of ['number', 'text'] as const) {
      const theirs = decodeXml(wbxml2xml(encodeWbxml(root, { language, version, publicIdStyle })));
      expect(asText(theirs.root)).toEqual(asText(root));
    }
  }
}

/** A package says its version in its namespace, a bare document is read as 1.1. */
function languageOf(root: Element): SyncmlName {
  return root.namespace === 'SYNCML:SYNCML1.2' ? 'syncml-1.2' : 'syncml-1.1';
}

describe('the captured session of a device client', () => {
  const wbxml = join(fixtures, 'dm11-wbxml');
  const names = readdirSync(wbxml).filter((name) => name.endsWith('.wbxml'));

  it('is there', () => {
    expect(names).toHaveLength(6);
  });

  it.each(names)('%s decodes to the tree of the XML beside it', (name) => {
    const document = decodeWbxml(readFileSync(join(wbxml, name)));
    const beside = name.replace('.wbxml', name.includes('req') ? '.dec.xml' : '.xml');
    expect(asText(document.root)).toEqual(asText(decodeXml(readFileSync(join(wbxml, beside))).root));
    expect(document).toMatchObject({ version: '1.2', publicId: 0xfd3, charset: 106 });
  });

  it.each(names.filter((name) => name !== '01-rsp.wbxml'))('%s is byte for byte what we write for its tree', (name) => {
    const captured = readFileSync(join(wbxml, name));
    expect(Buffer.from(encodeWbxml(decodeWbxml(captured).root, { language: 'syncml-1.1' }))).toEqual(captured);
  });

  it.each(names)('%s is refused wherever it is cut', (name) => {
    const captured = readFileSync(join(wbxml, name));
    for (let length = 0; length < captured.length; length++) {
      expect(() => decodeWbxml(captured.subarray(0, length))).toThrow(WbxmlError);
    }
  });

  it.each(names)('libwbxml agrees on %s in both directions', (name) => {
    expectAgreement(decodeWbxml(readFileSync(join(wbxml, name))).root, 'syncml-1.1');
  });

  const xml = join(fixtures, 'dm11-xml');
  it.each(readdirSync(xml).filter((name) => name.endsWith('.xml')))('libwbxml agrees on the XML message %s', (name) => {
    expectAgreement(decodeXml(readFileSync(join(xml, name))).root, 'syncml-1.1');
  });
});

describe('the sample packages', () => {
  const names = existsSync(samples) ? readdirSync(samples).filter((name) => name.endsWith('.xml')) : [];
  const packages = names.flatMap((name): [string, Element][] => {
    // Some samples are faulty on purpose, and some are of another kind. xml2wbxml drops attributes of SyncML.
    try {
      const { root } = decodeXml(readFileSync(join(samples, name)));
      return root.name === 'SyncML' && !hasAttributes(root) ? [[name, root]] : [];
    } catch {
      return [];
    }
  });

  it('are there', () => {
    expect(packages.length).toBeGreaterThan(0);
  });

  it.each(packages)('libwbxml agrees on %s in both directions', (_, root) => {
    const language = languageOf(root);
    // A sample without a namespace means the language's own.
    const namespace = root.namespace === '' ? 'SYNCML:SYNCML1.1' : root.namespace;
    const resolved = decodeWbxml(encodeWbxml(root, { language })).root;
    expect(resolved.namespace).toBe(namespace);
    expectAgreement(resolved, language);
  });
});

describe('the code pages', () => {
  const forced: Partial<Record<string, readonly [flag: string, options: Partial<WbxmlEncodeOptions>]>> = {
    'syncml-1.0': ['SYNCML10', {}],
    'syncml-1.1': ['SYNCML11', {}],
    'syncml-1.2': ['SYNCML12', {}],
    'devinf-1.0': ['DEVINF10', {}],
    'devinf-1.1': ['DEVINF11', {}],
    'devinf-1.2': ['DEVINF12', {}],
    'metinf-1.2': ['METINF12', {}],
    'dm-ddf-1.2': ['DMDDF12', { publicIdStyle: 'unknown' }],
    'prov-1.0': ['PROV10', { version: '1.3' }],
    'si-1.0': ['SI10', {}],
    'sl-1.0': ['SL10', {}],
    'co-1.0': ['CO10', {}],
    'emn-1.0': ['EMN10', {}],
    'drm-rel-1.0': ['DRMREL10', {}],
    'ota-settings': ['OTA', {}],
  };

  /** What libwbxml has no table for. */
  const UNKNOWN_TO_LIBWBXML = ['sync-settings', 'drm-roap-2.1'];
  const known = LANGUAGES.filter(({ name }) => !UNKNOWN_TO_LIBWBXML.includes(name));

  it.each(known.map((language) => [language.name, language] as const))(
    'every tag of %s has the name libwbxml gives it',
    (name, language) => {
      const [flag, options] = forced[name] ?? [];
      if (flag === undefined) throw new Error(`no libwbxml name for ${name}`);
      const { tags, namespaces } = language.table;
      const firstPage = namespaces[0]?.page;
      const roots: Partial<Record<string, string>> = { syncml: 'SyncML', devinf: 'DevInf', metinf: 'MetInf' };
      const rootName = roots[name.split('-')[0] ?? ''] ?? tags.find(({ page }) => page === firstPage)?.name ?? '';
      // libwbxml 0.11.8 keeps the tree of SyncML 1.2 (page 2) in a language of its own.
      const rows = tags.filter(
        ({ page }) => !(name === 'syncml-1.2' && page === 2) && !(name === 'prov-1.0' && page === 1),
      );
      const tree = element(
        rootName,
        namespaces[0]?.namespace ?? '',
        rows.map((row) => element(row.name, namespaces.find(({ page }) => page === row.page)?.namespace ?? '')),
      );
      const xml = wbxml2xml(encodeWbxml(tree, { language, ...options }), '-l', flag);
      // The names of rights objects have prefixes that this tree does not declare.
      const names = [...xml.replace(/^.*\]>|^.*?<!DOCTYPE[^>]*>/s, '').matchAll(/<([\w:-]+)[^>]*\/>/g)];
      expect(names.map(([, local]) => local)).toEqual(rows.map((row) => row.name));
    },
  );

  it('attributes of a provisioning document are tokenised byte for byte as libwbxml does', () => {
    const table = LANGUAGES.find(({ name }) => name === 'prov-1.0')?.table;
    // libwbxml 0.11.8 spells the two TETRA bearers TRETRA.
    const values = (table?.attributeValues ?? [])
      .map(({ value }) => value)
      .filter((value) => !/^TETRA-[SP]/.test(value));
    const parms = (table?.attributes ?? [])
      .filter(({ name, value }) => name === 'name' && value !== undefined)
      .map(({ value = '' }, index) =>
        element(
          'parm',
          '',
          [],
          [
            { name: 'name', value },
            { name: 'value', value: values[index % values.length] ?? '' },
          ],
        ),
      );
    const characteristics = (table?.attributes ?? [])
      .filter(({ name, value }) => name === 'type' && value !== undefined)
      .map(({ value = '' }) => element('characteristic', '', [], [{ name: 'type', value }]));
    const document = element(
      'wap-provisioningdoc',
      '',
      [...parms, ...characteristics],
      [{ name: 'version', value: '1.0' }],
    );
    const xml = encodeXml(document, {
      doctype: { publicId: '-//WAPFORUM//DTD PROV 1.0//EN', systemId: 'http://www.wapforum.org/DTD/prov.dtd' },
    });
    const theirs = xml2wbxml(xml, '-v', '1.3', '-n');
    expect(Buffer.from(encodeWbxml(document, { language: 'prov-1.0', version: '1.3' })).toString('hex')).toBe(
      Buffer.from(theirs).toString('hex'),
    );
    expect(decodeWbxml(theirs).root).toEqual(document);
    expect(decodeXml(wbxml2xml(theirs)).root).toEqual(document);
  });
});

describe('the push languages', () => {
  const DATES = {
    timestamp: '2003-02-22T12:00:01Z',
    created: '1999-06-25T15:23:15Z',
    'si-expires': '1999-06-30T00:00:00Z',
  };
  const documents = [
    ['si-1.0', 'indication', '-//WAPFORUM//DTD SI 1.0//EN', 'http://www.wapforum.org/DTD/si.dtd'],
    ['sl-1.0', 'sl', '-//WAPFORUM//DTD SL 1.0//EN', 'http://www.wapforum.org/DTD/sl.dtd'],
    ['co-1.0', 'invalidate-object', '-//WAPFORUM//DTD CO 1.0//EN', 'http://www.wapforum.org/DTD/co_1.0.dtd'],
    ['emn-1.0', 'emn', '-//WAPFORUM//DTD EMN 1.0//EN', 'http://www.wapforum.org/DTD/emn.dtd'],
    ['ota-settings', 'PARM', '', 'characteristic-list.dtd'],
  ] as const;

  it.each(documents)(
    '%s: every attribute is tokenised byte for byte as libwbxml does',
    (name, holder, publicId, systemId) => {
      const language = LANGUAGES.find((one) => one.name === name);
      if (language === undefined) throw new Error(`no language ${name}`);
      const { tags, attributes = [], attributeValues = [] } = language.table;
      const rootName = tags[0]?.name ?? '';
      const dates: Readonly<Record<string, string>> = DATES;
      const samples = attributes.flatMap((row): { name: string; value: string }[] => {
        if (row.opaque === 'datetime') return [{ name: row.name, value: dates[row.name] ?? '' }];
        const endings = row.value?.includes('://') ? ['', ...attributeValues.map(({ value }) => value)] : [''];
        return endings.map((ending) => ({
          name: row.name,
          value: `${row.value ?? ''}${row.value === undefined || ending !== '' ? `joe${ending}x` : ''}`,
        }));
      });
      for (const sample of samples) {
        const held = element(holder, '', [], [sample]);
        const root = holder === rootName ? held : element(rootName, '', [held]);
        const ours = encodeWbxml(root, { language, version: '1.3' });
        const doctype =
          publicId === ''
            ? `<!DOCTYPE ${rootName} SYSTEM "${systemId}">`
            : `<!DOCTYPE ${rootName} PUBLIC "${publicId}" "${systemId}">`;
        const theirs = xml2wbxml(
          `<?xml version="1.0"?>${doctype}${encodeXml(root).replace(/^<\?xml[^>]*\?>/, '')}`,
          '-v',
          '1.3',
          '-n',
        );
        expect([sample, Buffer.from(ours).toString('hex')]).toEqual([sample, Buffer.from(theirs).toString('hex')]);
        expect(decodeWbxml(theirs, { assumeLanguage: language }).root).toEqual(root);
      }
    },
  );
});
