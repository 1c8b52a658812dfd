import { aclFault } from '../syncml/access-control-list.ts';
import type { Data, Item, Location, Meta, RequestCommand } from '../syncml/message.ts';
import { encodeSegment } from '../syncml/node-name.ts';
import { type Element, isElement, type Node } from '../wire/element.ts';
import { dataFault, isDataFormat } from './data-format.ts';
import { locUriFault } from './loc-uri.ts';
import type { PackageAlert, PackageCommand, PackageData, PackageItem } from './package-command.ts';
import { effectiveFormat } from './package-command.ts';
import { optionFaults } from './user-interaction.ts';
import { fillTemplate, parseTemplate } from './variables.ts';

export type Instantiation =
  | { readonly ok: true; readonly commands: RequestCommand[] }
  | {
      readonly ok: false;
      /** Variables without a value, sorted, each once. */
      readonly missing: string[];
      /** Places where the values given break a rule that the document itself kept. */
      readonly invalid: InvalidValue[];
    };

export interface InvalidValue {
  /** Line of the command in the document. */
  readonly line: number;
  /** The LocURI as the document has it, variables in place. */
  readonly locUri?: string;
  /** Why; names variables, never their values. */
  readonly message: string;
}

export interface InstantiateOptions {
  /** Characters that all values together may add; default 16 Mi. A large value used often is refused, not built. */
  readonly maxExpansion?: number;
}

const MAX_EXPANSION = 16 * 1024 * 1024;

/**
 * The commands for one device: every variable replaced by its value. The values themselves are never read for variables.
 *
 * - In a LocURI a value is one part of one segment: `/`, `?`, `%` and what is not ASCII are percent-encoded.
 * - In text Data of format `xml` a value is escaped (`&`, `<`, `>`, quotes); in embedded elements the encoders do that.
 * - Elsewhere it stands as it is, and Data must still be of its format afterwards (base64 that decodes, a number…).
 *
 * `cmdId` is `''` everywhere: whoever sends the commands numbers them.
 */
export function instantiateCommands(
  commands: readonly PackageCommand[],
  values: Readonly<Record<string, string>>,
  options: InstantiateOptions = {},
): Instantiation {
  const instantiator = new Instantiator(values, options.maxExpansion ?? MAX_EXPANSION);
  const instances = commands.map((command) => instantiator.command(command));
  const { missing, invalid } = instantiator;
  if (missing.size > 0 || invalid.length > 0) return { ok: false, missing: [...missing].sort(), invalid };
  return { ok: true, commands: instances };
}

class Instantiator {
  readonly missing = new Set<string>();
  readonly invalid: InvalidValue[] = [];
  readonly #values: Readonly<Record<string, string>>;
  #budget: number;
  #line = 0;
  /** A value was refused as a whole: what follows is only gone through for missing ones. */
  #spoiled = false;

  constructor(values: Readonly<Record<string, string>>, maxExpansion: number) {
    this.#values = values;
    this.#budget = maxExpansion;
  }

  command(command: PackageCommand): RequestCommand {
    this.#line = command.line;
    const correlator =
      'correlator' in command && command.correlator !== undefined ? { correlator: this.#fill(command.correlator) } : {};
    if (command.name === 'Alert') {
      const items = command.items.map((item, place) =>
        place === 0 ? this.#options(item, command) : this.#item(item, command, undefined),
      );
      return { name: 'Alert', cmdId: '', code: command.code, ...correlator, items };
    }
    const meta = command.meta && { meta: this.#meta(command.meta) };
    if ('commands' in command) {
      const commands = command.commands.map((inner) => this.command(inner));
      return { name: command.name, cmdId: '', ...meta, commands };
    }
    const items = command.items.map((item) => this.#item(item, command, command.meta));
    return { name: command.name, cmdId: '', ...meta, ...correlator, items };
  }

  /** The options of a user interaction are one URL-encoded string: a value is one part of one option. */
  #options(item: PackageItem, command: PackageAlert): Item {
    if (typeof item.data !== 'string' || !item.data.includes('{{')) return this.#item(item, command, undefined);
    const data = this.#fill(item.data, encodeURIComponent);
    const [fault] = optionFaults(String(command.code), data, command.items.length - 2);
    if (fault !== undefined) this.#refuse(`with the values given, ${fault.reason}`, undefined);
    const { data: _, ...rest } = item;
    return { ...this.#item(rest, command, undefined), data };
  }

  #item(item: PackageItem, command: PackageCommand, commandMeta: Meta | undefined): Item {
    const locUri = item.target?.uri;
    const strict = command.name === 'Copy';
    return {
      ...(item.target && { target: this.#location(item.target, command, command.name !== 'Alert', locUri) }),
      ...(item.source && { source: this.#location(item.source, command, strict, locUri) }),
      ...(item.meta && { meta: this.#meta(item.meta) }),
      ...(item.data !== undefined && { data: this.#data(item.data, effectiveFormat(item.meta, commandMeta), locUri) }),
    };
  }

  #location(location: Location, command: PackageCommand, isNode: boolean, locUri: string | undefined): Location {
    const uri = this.#fill(location.uri, isNode ? encodeSegment : undefined);
    if (isNode && 'items' in command && command.name !== 'Alert' && uri !== location.uri) {
      // Whether it is empty, or `..`, depends on the values.
      const fault = locUriFault(uri, command.name);
      if (fault !== undefined) this.#refuse(`with the values given, ${fault}`, locUri);
    }
    return location.name === undefined ? { uri } : { uri, name: this.#fill(location.name) };
  }

  #meta(meta: Meta): Meta {
    return meta.type === undefined ? meta : { ...meta, type: this.#fill(meta.type) };
  }

  #data(data: PackageData, format: string, locUri: string | undefined): Data {
    if (typeof data === 'string') {
      const text = this.#fill(data, format === 'xml' ? escapeXml : undefined);
      if (text !== data) this.#check(text, format, locUri);
      if (text !== data && locUri?.endsWith('?prop=ACL') === true) {
        const fault = aclFault(text);
        if (fault !== undefined) this.#refuse(`with the values given, it is no access control list: ${fault}`, locUri);
      }
      return text;
    }
    if ('elements' in data) return { elements: data.elements.map((element) => this.#element(element)) };
    const base64 = this.#fill(data.base64).replace(/[\t\n\r ]+/g, '');
    if (base64 !== data.base64 && !this.#check(base64, 'bin', locUri)) return new Uint8Array();
    return new Uint8Array(Buffer.from(base64, 'base64'));
  }

  #check(text: string, format: string, locUri: string | undefined): boolean {
    const fault = isDataFormat(format) ? dataFault(text, format) : undefined;
    if (fault !== undefined) this.#refuse(`with the values given, ${fault}`, locUri);
    return fault === undefined;
  }

  #element(element: Element): Element {
    const children: Node[] = element.children.map((node) => {
      if (typeof node === 'string') return this.#fill(node);
      return isElement(node) ? this.#element(node) : node;
    });
    const attributes = element.attributes.map((attribute) => ({ ...attribute, value: this.#fill(attribute.value) }));
    return { ...element, attributes, children };
  }

  #fill(text: string, encode: (value: string) => string = (value) => value): string {
    if (!text.includes('{{')) return text;
    return fillTemplate(parseTemplate(text), (name) => {
      const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
      if (value === undefined) {
        this.missing.add(name);
        // Anything that keeps the rest checkable: a missing value is reported once, as missing.
        return '';
      }
      if (this.#spoiled) return '';
      this.#budget -= value.length;
      if (this.#budget < 0) return this.#spoil('the values make the package too large');
      if (NOT_XML.test(value)) return this.#spoil(`the value of ${name} has a character that XML cannot carry`);
      return encode(value);
    });
  }

  #refuse(message: string, locUri: string | undefined): void {
    // What a missing or unfit value leaves behind is not a second fault.
    if (this.missing.size > 0 || this.#spoiled) return;
    this.invalid.push({ line: this.#line, ...(locUri !== undefined && { locUri }), message });
  }

  #spoil(message: string): string {
    this.#refuse(message, undefined);
    this.#spoiled = true;
    return '';
  }
}

/** Everything but the characters of XML 1.0, section 2.2. A device may be spoken to in XML, so no value may have them. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => XML_ESCAPES[character] ?? character);
}
