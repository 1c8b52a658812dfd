import type { Element } from '../wire/element.ts';
import { type Fault, type FaultCode, sortFaults } from './fault.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Collects faults with the positions of their elements. */
export class FaultLog {
  readonly #positionOf: (element: Element) => Position | undefined;
  readonly #max: number;
  readonly #faults: Fault[] = [];
  #full = false;

  /** `max` bounds the answer to a hostile document; the one after it says that there are more. */
  constructor(positionOf: (element: Element) => Position | undefined, max: number) {
    this.#positionOf = positionOf;
    this.#max = max;
  }

  get isEmpty(): boolean {
    return this.#faults.length === 0;
  }

  /** True when no further fault will be kept: there is no point in looking for more. */
  get full(): boolean {
    return this.#full;
  }

  add(element: Element, code: FaultCode, message: string, locUri?: string): void {
    if (this.#full) return;
    const position = this.positionOf(element);
    if (this.#faults.length === this.#max) {
      this.#full = true;
      this.#faults.push({ ...position, code: 'too-many-faults', message: `only ${this.#max} faults are reported` });
      return;
    }
    this.#faults.push({ ...position, code, message, ...(locUri === undefined ? {} : { locUri }) });
  }

  positionOf(element: Element): Position {
    const position = this.#positionOf(element);
    return { line: position?.line ?? 1, column: position?.column ?? 1 };
  }

  sorted(): Fault[] {
    return sortFaults(this.#faults);
  }
}
