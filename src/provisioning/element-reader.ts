import type { DmVersion } from '../syncml/message.ts';
import { METINF_NAMESPACE } from '../syncml/version.ts';
import { type Element, isElement } from '../wire/element.ts';
import { quoted } from './fault.ts';
import type { FaultLog } from './fault-log.ts';
import { parseTemplate, TemplateError, variablesOf } from './variables.ts';
import { type Content, mayBeMetInf, standingOf } from './vocabulary.ts';

const DM_NAMESPACE = /^syncml:syncml1\.([12])$/i;

/** Text with what stands in it for its variables. */
export interface TemplateText {
  /** As written: variables and `{{{{` in place. */
  readonly text: string;
  readonly hasVariables: boolean;
  /** With `x` for every variable: for checks of the shape. */
  readonly sample: string;
}

/**
 * Reads elements against their content models and reports what does not fit: names, repetition, attributes, stray text,
 * namespaces, versions, variables. What fits is handed back, so that reading goes on after a fault.
 */
export class ElementReader {
  readonly #faults: FaultLog;
  readonly #variables = new Set<string>();
  #version: DmVersion | undefined;
  #mixed = false;

  constructor(faults: FaultLog) {
    this.#faults = faults;
  }

  get version(): DmVersion | undefined {
    return this.#version;
  }

  /** Sorted, each once. */
  get variables(): string[] {
    return [...this.#variables].sort();
  }

  /** The child elements that may stand in `parent`, in order; `one` keeps the first. */
  children(parent: Element, content: Content, locUri?: string): Element[] {
    this.attributes(parent);
    const fitting: Element[] = [];
    const seen = new Set<string>();
    let stray = false;
    for (const node of parent.children) {
      if (this.#faults.full) break;
      if (!isElement(node)) {
        if (!stray && typeof node === 'string' && node.trim() !== '') {
          stray = true;
          this.#faults.add(
            parent,
            'unexpected-text',
            `${parent.name} holds elements, not text: ${quoted(node.trim())}`,
            locUri,
          );
        }
        continue;
      }
      this.namespace(node, parent);
      const occurrence = Object.hasOwn(content, node.name) ? content[node.name] : undefined;
      if (occurrence === undefined) {
        this.#refuse(node, parent, locUri);
      } else if (occurrence === 'one' && seen.has(node.name)) {
        this.#faults.add(node, 'repeated-element', `${parent.name} has a ${node.name} already`, locUri);
      } else {
        seen.add(node.name);
        fitting.push(node);
      }
    }
    return fitting;
  }

  /** The text of a leaf, as written. */
  text(leaf: Element, locUri?: string): string {
    this.attributes(leaf);
    let text = '';
    for (const node of leaf.children) {
      if (typeof node === 'string') text += node;
      else if (isElement(node)) this.#refuse(node, leaf, locUri);
    }
    return text;
  }

  /** Finds the variables in a text; undefined when one is malformed, which is reported at `holder`. */
  template(text: string, holder: Element, locUri?: string): TemplateText | undefined {
    try {
      const template = parseTemplate(text);
      const variables = variablesOf(template);
      for (const name of variables) this.#variables.add(name);
      const sample = template.map((part, index) => (index % 2 === 1 ? 'x' : part)).join('');
      return { text, hasVariables: variables.length > 0, sample };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const excerpt = quoted(text.slice(error.index, error.index + 40));
      this.#faults.add(holder, 'bad-variable', `${error.message}: ${excerpt} in ${holder.name}`, locUri);
      return undefined;
    }
  }

  attributes(element: Element): void {
    for (const attribute of element.attributes) {
      this.#faults.add(element, 'unexpected-attribute', `${element.name} takes no attribute ${quoted(attribute.name)}`);
    }
  }

  /** Says where a namespace begins to be wrong, not on every element inside. */
  namespace(element: Element, parent: Element | undefined): void {
    const { namespace, name } = element;
    if (namespace === '' || namespace === parent?.namespace) return;
    if (namespace === METINF_NAMESPACE && mayBeMetInf(name)) return;
    const minor = DM_NAMESPACE.exec(namespace)?.[1];
    if (minor !== undefined) {
      this.sawVersion(`1.${minor}` as DmVersion, element);
    } else if (/^syncml:/i.test(namespace) && namespace !== METINF_NAMESPACE) {
      this.#faults.add(
        element,
        'version',
        `namespace ${quoted(namespace)}: only SYNCML:SYNCML1.1 and SYNCML:SYNCML1.2`,
      );
    } else {
      this.#faults.add(
        element,
        'unknown-namespace',
        `${name} is in the namespace ${quoted(namespace)}, which means nothing here`,
      );
    }
  }

  /** A document is of one version: the first that is named, by a namespace or by the header. */
  sawVersion(version: DmVersion, element: Element): void {
    if (this.#version === undefined) {
      this.#version = version;
    } else if (this.#version !== version && !this.#mixed) {
      this.#mixed = true;
      this.#faults.add(
        element,
        'version',
        `${element.name} says DM ${version}, the document began as DM ${this.#version}`,
      );
    }
  }

  #refuse(element: Element, parent: Element, locUri: string | undefined): void {
    const standing = standingOf(element.name);
    switch (standing.kind) {
      case 'known':
        this.#faults.add(element, 'misplaced-element', `${element.name} may not stand in ${parent.name}`, locUri);
        break;
      case 'refused':
        this.#faults.add(element, 'not-in-dm', `${element.name} may not stand in a package: ${standing.why}`, locUri);
        break;
      case 'refused-command':
        this.#faults.add(
          element,
          'unsupported-command',
          `a package cannot send ${element.name}: ${standing.why}`,
          locUri,
        );
        break;
      case 'unknown':
        this.#faults.add(
          element,
          'unknown-element',
          `no element ${quoted(element.name)} is known in ${parent.name}`,
          locUri,
        );
    }
  }
}
