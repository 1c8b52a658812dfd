import { aclFault } from '../syncml/access-control-list.ts';
import type { Location, Meta } from '../syncml/message.ts';
import { addressOf, type NodeProperty } from '../syncml/node-properties.ts';
import { serialisedTreeType, TNDS_XML } from '../syncml/serialised-tree.ts';
import { childElements, childOf, type Element, isElement, textOf } from '../wire/element.ts';
import { type DataFormat, dataFault, isDataFormat, needsData, normalizeData } from './data-format.ts';
import type { ElementReader } from './element-reader.ts';
import { quoted } from './fault.ts';
import type { FaultLog } from './fault-log.ts';
import { locUriFault, MAX_LOC_URI_LENGTH } from './loc-uri.ts';
import type {
  GroupCommandName,
  ItemsCommandName,
  PackageAlert,
  PackageCommand,
  PackageData,
  PackageGroup,
  PackageItem,
  PackageItemsCommand,
} from './package-command.ts';
import { serialisedTreeFault } from './read-serialised-tree.ts';
import { optionFaults, USER_INTERACTIONS } from './user-interaction.ts';
import { ALERT, EXEC, GROUP, ITEM, ITEMS_COMMAND, isCommandName, LOCATION, META } from './vocabulary.ts';

/** What an Atomic may hold (OMA-TS-DM_RepPro, 6.6.3). Get and Atomic have faults of their own. */
const IN_ATOMIC: ReadonlySet<string> = new Set(['Add', 'Alert', 'Copy', 'Delete', 'Replace', 'Get', 'Atomic']);

interface Surroundings {
  readonly inAtomic: boolean;
  readonly parent?: GroupCommandName;
}

interface CompiledMeta {
  readonly meta?: Meta;
  /** Undefined when the document names a Format that does not exist: Data is not checked then. */
  readonly format: DataFormat | undefined;
}

/** Turns command elements into {@link PackageCommand}s and reports all that is wrong with them. */
export class CommandCompiler {
  readonly #faults: FaultLog;
  readonly #reader: ElementReader;
  readonly #maxCommands: number;
  readonly #lineOfCmdId = new Map<string, number>();
  readonly #lineOfCorrelator = new Map<string, number>();
  readonly #elements = new Map<PackageCommand, Element>();
  #count = 0;

  constructor(faults: FaultLog, reader: ElementReader, maxCommands: number) {
    this.#faults = faults;
    this.#reader = reader;
    this.#maxCommands = maxCommands;
  }

  /** The commands among `elements`; others are passed over. */
  commands(elements: readonly Element[], around: Surroundings = { inAtomic: false }): PackageCommand[] {
    const commands: PackageCommand[] = [];
    for (const element of elements) {
      if (!isCommandName(element.name)) continue;
      this.#count += 1;
      if (this.#count > this.#maxCommands) {
        if (this.#count === this.#maxCommands + 1) {
          this.#faults.add(element, 'too-many-commands', `a package may have ${this.#maxCommands} commands`);
        }
        break;
      }
      if (around.parent === 'Atomic' && !IN_ATOMIC.has(element.name)) {
        this.#faults.add(
          element,
          'not-in-atomic',
          `${element.name} may not stand inside an Atomic, which holds Add, Alert, Copy, Delete and Replace`,
        );
      }
      commands.push(this.#command(element, around));
    }
    return commands;
  }

  /** Where a command stands in the document. */
  elementOf(command: PackageCommand): Element | undefined {
    return this.#elements.get(command);
  }

  #command(element: Element, around: Surroundings): PackageCommand {
    const command = this.#compiled(element, around);
    this.#elements.set(command, element);
    return command;
  }

  #compiled(element: Element, around: Surroundings): PackageCommand {
    switch (element.name) {
      case 'Alert':
        return this.#alert(element);
      case 'Atomic':
      case 'Sequence':
        return this.#group(element, element.name, around);
      default:
        return this.#itemsCommand(element, element.name as ItemsCommandName, around);
    }
  }

  #group(element: Element, name: GroupCommandName, around: Surroundings): PackageGroup {
    if (name === 'Atomic' && around.inAtomic) {
      this.#faults.add(element, 'nested-atomic', 'an Atomic may not stand inside another, whatever is between them');
    }
    if (name === 'Sequence' && around.parent === 'Sequence') {
      this.#faults.add(element, 'nested-sequence', 'a Sequence may not stand directly in another');
    }
    const children = this.#reader.children(element, GROUP);
    this.#cmdId(children);
    const { meta } = this.#meta(first(children, 'Meta'), undefined);
    const commands = this.commands(children, { inAtomic: around.inAtomic || name === 'Atomic', parent: name });
    if (!children.some((child) => isCommandName(child.name))) {
      this.#faults.add(element, 'empty-group', `${name} needs a command inside`);
    }
    return { name, line: this.#line(element), ...(meta && { meta }), commands };
  }

  #itemsCommand(element: Element, name: ItemsCommandName, around: Surroundings): PackageItemsCommand {
    if (name === 'Get' && around.inAtomic) {
      this.#faults.add(
        element,
        'get-in-atomic',
        'a Get may not stand inside an Atomic: its answer cannot be rolled back',
      );
    }
    const children = this.#reader.children(element, name === 'Exec' ? EXEC : ITEMS_COMMAND);
    this.#cmdId(children);
    const own = this.#meta(first(children, 'Meta'), 'chr');
    const correlator = this.#correlator(children);
    const itemElements = children.filter((child) => child.name === 'Item');
    if (itemElements.length === 0) this.#faults.add(element, 'missing-item', `${name} needs an Item`);
    if (name === 'Exec' && itemElements[1] !== undefined) {
      this.#faults.add(itemElements[1], 'too-many-items', 'Exec takes one Item');
    }
    const items = itemElements.map((item) => this.#item(item, name, own));
    const isForProperties =
      name === 'Replace' &&
      items.length > 0 &&
      items.every(({ target }) => target !== undefined && addressOf(target.uri).property !== undefined);
    return {
      name,
      line: this.#line(element),
      ...(own.meta && !isForProperties && { meta: own.meta }),
      ...(correlator !== undefined && { correlator }),
      items,
    };
  }

  #alert(element: Element): PackageAlert {
    const children = this.#reader.children(element, ALERT);
    this.#cmdId(children);
    const correlator = this.#correlator(children);
    const data = first(children, 'Data');
    const code = data === undefined ? '' : this.#reader.text(data).trim();
    const interaction = Object.hasOwn(USER_INTERACTIONS, code) ? USER_INTERACTIONS[code] : undefined;
    const itemElements = children.filter((child) => child.name === 'Item');
    const items = itemElements.map((item) => this.#item(item, 'Alert', { format: 'chr' }));
    if (interaction === undefined) {
      const said = code === '' ? 'this one has no code' : `not ${quoted(code)}`;
      this.#faults.add(
        data ?? element,
        'bad-alert',
        `an Alert of a package is a user interaction, 1100 to 1104; ${said}`,
      );
    } else if (items.length < interaction.minItems) {
      this.#faults.add(element, 'missing-item', `Alert ${code} needs ${interaction.items}`);
    } else {
      this.#options(code, itemElements);
      const tooMany = interaction.maxItems === undefined ? undefined : itemElements[interaction.maxItems];
      if (tooMany !== undefined) {
        this.#faults.add(tooMany, 'too-many-items', `Alert ${code} has ${interaction.items}, and no more`);
      }
      itemElements.forEach((item, index) => {
        if (index > 0 && childOf(item, 'Data') === undefined) {
          this.#faults.add(item, 'missing-data', `Item ${index + 1} of Alert ${code} needs Data with its text`);
        }
      });
    }
    return {
      name: 'Alert',
      line: this.#line(element),
      code: Number(code),
      ...(correlator !== undefined && { correlator }),
      items,
    };
  }

  /** The first Item's string of options; what has a variable in it is checked when there is a value. */
  #options(code: string, [first, , ...choices]: readonly Element[]): void {
    const data = first && childOf(first, 'Data');
    if (data === undefined || childElements(data).length > 0) return;
    for (const { reason, found } of optionFaults(code, textOf(data), choices.length)) {
      const not = found === undefined ? '' : `, not ${quoted(found)}`;
      this.#faults.add(data, 'bad-alert-option', `Alert ${code}: ${reason}${not}`);
    }
  }

  /** Two Execs with one Correlator could not be told apart by their outcomes. */
  #knownCorrelator(text: string, element: Element): void {
    const line = this.#lineOfCorrelator.get(text);
    if (line === undefined) this.#lineOfCorrelator.set(text, this.#line(element));
    else
      this.#faults.add(element, 'duplicate-correlator', `Correlator ${quoted(text)} is used on line ${line} already`);
  }

  #item(element: Element, command: ItemsCommandName | 'Alert', inherited: CompiledMeta): PackageItem {
    const locUri = plainLocUri(element);
    const children = this.#reader.children(element, ITEM, locUri);
    const target = this.#location(first(children, 'Target'), command, locUri);
    const source = this.#location(first(children, 'Source'), command === 'Copy' ? 'Copy' : 'Alert', locUri);
    if (command !== 'Alert' && target === undefined) {
      this.#faults.add(element, 'missing-target', `an Item of ${command} needs Target/LocURI`, locUri);
    }
    if (command === 'Copy' && source === undefined) {
      this.#faults.add(element, 'missing-source', 'an Item of Copy needs Source/LocURI', locUri);
    }
    const metaElement = first(children, 'Meta');
    const dataElement = first(children, 'Data');
    if (command === 'Replace' && target !== undefined && addressOf(target.uri).property !== undefined) {
      const { format } = this.#meta(metaElement, inherited.format, locUri);
      const data = this.#property(element, dataElement, format, target.uri);
      return { target, ...(source && { source }), ...(data !== undefined && { data }) };
    }
    const { meta, format } = this.#meta(metaElement, inherited.format, locUri);
    let data: PackageData | undefined;
    if (dataElement === undefined) {
      if ((command === 'Add' || command === 'Replace') && format !== undefined && needsData(format)) {
        this.#faults.add(element, 'missing-data', `${command} of format ${format} needs Data`, locUri);
      }
    } else if (command === 'Delete' || command === 'Get' || command === 'Copy') {
      this.#faults.add(dataElement, 'unexpected-data', `an Item of ${command} has no Data`, locUri);
    } else {
      data = this.#data(dataElement, format, locUri);
      const type = meta?.type ?? inherited.meta?.type;
      if (command !== 'Alert' && data !== undefined && serialisedTreeType(type) !== undefined) {
        this.#serialisedTree(dataElement, data, type ?? '', format, locUri);
      }
    }
    return {
      ...(target && { target }),
      ...(source && { source }),
      ...(meta && { meta }),
      ...(data !== undefined && { data }),
    };
  }

  /**
   * The value of a property: text, written without Meta, for all of them would have the same (OMA-TS-DM_TND-V1_2_1, 7.4).
   * A Meta that says what goes without saying is left out.
   */
  #property(
    item: Element,
    dataElement: Element | undefined,
    format: DataFormat | undefined,
    locUri: string,
  ): PackageData | undefined {
    const { property } = addressOf(locUri);
    if (format !== undefined && format !== 'chr') {
      this.#faults.add(dataElement ?? item, 'bad-data', `a property is text: it has no Format ${format}`, locUri);
    }
    if (dataElement === undefined) {
      this.#faults.add(item, 'missing-data', 'Replace of a property needs Data, which may be empty', locUri);
      return undefined;
    }
    const template = this.#reader.template(this.#reader.text(dataElement, locUri), dataElement, locUri);
    if (template === undefined) return undefined;
    const fault = propertyFault(property, template.sample.trim());
    if (fault !== undefined) this.#faults.add(dataElement, 'bad-data', fault, locUri);
    return template.text.trim();
  }

  /** What is wrong with a tree that is to be made in one command; its values may have variables. */
  #serialisedTree(
    element: Element,
    data: PackageData,
    type: string,
    format: DataFormat | undefined,
    locUri: string | undefined,
  ): void {
    const isXml = serialisedTreeType(type) === TNDS_XML;
    const fits = isXml ? format === 'xml' : format === 'bin' || format === 'b64';
    if (format !== undefined && !fits) {
      const wanted = isXml ? 'xml' : 'bin or b64';
      this.#faults.add(element, 'bad-data', `a tree of type ${type} has Format ${wanted}, not ${format}`, locUri);
      return;
    }
    const fault = serialisedTreeFault(data, type, locUri ?? '.');
    if (fault !== undefined) this.#faults.add(element, 'bad-data', `no serialised tree: ${fault}`, locUri);
  }

  /** Undefined when there is no LocURI; a faulty one is reported and handed back. */
  #location(
    element: Element | undefined,
    command: ItemsCommandName | 'Alert',
    locUri: string | undefined,
  ): Location | undefined {
    if (element === undefined) return undefined;
    const children = this.#reader.children(element, LOCATION, locUri);
    const uriElement = first(children, 'LocURI');
    const nameElement = first(children, 'LocName');
    const name = nameElement && this.#reader.text(nameElement, locUri).trim();
    if (nameElement !== undefined && name !== undefined) this.#reader.template(name, nameElement, locUri);
    if (uriElement === undefined) return undefined;
    const uri = this.#reader.text(uriElement, locUri).trim();
    const template = this.#reader.template(uri, uriElement, locUri);
    if (template !== undefined) {
      const fault =
        command !== 'Alert'
          ? locUriFault(template.sample, command)
          : uri === ''
            ? 'a LocURI may not be empty'
            : undefined;
      if (fault !== undefined) this.#faults.add(uriElement, 'bad-loc-uri', `${fault}: ${quoted(uri)}`, locUri);
    }
    return name === undefined ? { uri } : { uri, name };
  }

  /** `inherited` is the format that holds when this Meta names none. */
  #meta(element: Element | undefined, inherited: DataFormat | undefined, locUri?: string): CompiledMeta {
    if (element === undefined) return { format: inherited };
    const children = this.#reader.children(element, META, locUri);
    const text = (name: string): string | undefined => {
      const child = first(children, name);
      return child && this.#reader.text(child, locUri).trim();
    };
    const [format, type, mark, size] = [text('Format'), text('Type'), text('Mark'), text('Size')];
    let effective = inherited;
    if (format !== undefined) {
      effective = isDataFormat(format) ? format : undefined;
      if (effective === undefined) {
        this.#faults.add(
          first(children, 'Format') ?? element,
          'unknown-format',
          `no Format ${quoted(format)} exists`,
          locUri,
        );
      }
    }
    const typeElement = first(children, 'Type');
    if (typeElement !== undefined && type !== undefined) this.#reader.template(type, typeElement, locUri);
    if (size !== undefined && !/^\d{1,10}$/.test(size)) {
      this.#faults.add(first(children, 'Size') ?? element, 'bad-size', 'Size is a decimal number of octets', locUri);
    }
    const meta: Meta = {
      ...(format !== undefined && { format }),
      ...(type !== undefined && { type }),
      ...(mark !== undefined && { mark }),
      ...(size !== undefined && { size: Number(size) }),
    };
    return { meta, format: effective };
  }

  #data(element: Element, format: DataFormat | undefined, locUri: string | undefined): PackageData | undefined {
    const elements = childElements(element);
    if (elements.length > 0) return this.#embedded(element, elements, format, locUri);
    const template = this.#reader.template(this.#reader.text(element, locUri), element, locUri);
    if (template === undefined || format === undefined) return template?.text;
    const text = normalizeData(template.text, format);
    if (!template.hasVariables) {
      const fault = dataFault(normalizeData(template.sample, format), format);
      if (fault !== undefined) this.#faults.add(element, 'bad-data', fault, locUri);
    } else if (format === 'node' || format === 'null') {
      this.#faults.add(element, 'bad-data', dataFault('x', format) ?? '', locUri);
    }
    if (format === 'node') return undefined;
    return format === 'bin' ? { base64: text } : format === 'null' ? '' : text;
  }

  #embedded(
    element: Element,
    elements: readonly Element[],
    format: DataFormat | undefined,
    locUri: string | undefined,
  ): PackageData {
    this.#reader.attributes(element);
    if (format !== undefined && format !== 'xml') {
      this.#faults.add(
        element,
        'bad-data',
        `Data of format ${format} holds text, not elements (embedded XML is of format xml)`,
        locUri,
      );
    }
    const stray = element.children.find((node) => typeof node === 'string' && node.trim() !== '');
    if (typeof stray === 'string') {
      this.#faults.add(element, 'unexpected-text', `Data holds elements and text: ${quoted(stray.trim())}`, locUri);
    }
    for (const embedded of elements) this.#embeddedVariables(embedded, locUri);
    return { elements };
  }

  #embeddedVariables(element: Element, locUri: string | undefined): void {
    for (const attribute of element.attributes) this.#reader.template(attribute.value, element, locUri);
    for (const node of element.children) {
      if (typeof node === 'string') this.#reader.template(node, element, locUri);
      else if (isElement(node)) this.#embeddedVariables(node, locUri);
    }
  }

  #correlator(children: readonly Element[]): string | undefined {
    const element = first(children, 'Correlator');
    if (element === undefined) return undefined;
    if (this.#reader.version === '1.1') {
      this.#faults.add(element, 'version', 'Correlator came with DM 1.2; this document says DM 1.1');
    }
    const text = this.#reader.text(element).trim();
    this.#reader.template(text, element);
    if (text !== '') this.#knownCorrelator(text, element);
    return text;
  }

  /** A CmdID is optional and only checked: the session numbers commands itself. */
  #cmdId(children: readonly Element[]): void {
    const element = first(children, 'CmdID');
    if (element === undefined) return;
    const cmdId = this.#reader.text(element).trim();
    if (!/^[1-9]\d{0,9}$/.test(cmdId)) {
      this.#faults.add(element, 'bad-cmd-id', `a CmdID is a decimal number from 1, not ${quoted(cmdId)}`);
      return;
    }
    const line = this.#lineOfCmdId.get(cmdId);
    if (line === undefined) this.#lineOfCmdId.set(cmdId, this.#line(element));
    else this.#faults.add(element, 'duplicate-cmd-id', `CmdID ${cmdId} is used on line ${line} already`);
  }

  #line(element: Element): number {
    return this.#faults.positionOf(element).line;
  }
}

function propertyFault(property: NodeProperty | undefined, sample: string): string | undefined {
  if (property === 'ACL') {
    const fault = aclFault(sample);
    return fault && `no access control list: ${fault}`;
  }
  if (property !== 'Name') return undefined;
  return sample === '' || /[/?]/.test(sample) ? 'the name of a node is one segment of a LocURI' : undefined;
}

function first(children: readonly Element[], name: string): Element | undefined {
  return children.find((child) => child.name === name);
}

/** The LocURI an Item is about, for its faults; nothing is checked. */
function plainLocUri(item: Element): string | undefined {
  const target = childOf(item, 'Target');
  const locUri = target && childOf(target, 'LocURI');
  const text = locUri && textOf(locUri).trim().slice(0, MAX_LOC_URI_LENGTH);
  return text === '' ? undefined : text;
}
