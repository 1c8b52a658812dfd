import type { Effect } from '../session/effect.ts';
import type { ObjectChange } from './ports/session-store.ts';

/** Gathers what the effects of one step do to large values: one change an object, whatever happened to it in between. */
export class ObjectChanges {
  readonly #changes = new Map<string, ObjectChange>();

  add(effect: Extract<Effect, { readonly kind: 'keepPiece' | 'completeObject' | 'dropObject' }>): void {
    if (effect.kind === 'keepPiece') this.#keep(effect.piece);
    else if (effect.kind === 'completeObject') {
      const { kind: _, ...complete } = effect;
      this.#changes.set(effect.id, { ...this.#changes.get(effect.id), ...complete, state: 'complete' });
    } else {
      const { id } = effect;
      // What began with this very message has left nothing behind.
      if (this.#changes.get(id)?.begun !== undefined) this.#changes.delete(id);
      else this.#changes.set(id, { id, state: 'dropped' });
    }
  }

  get all(): readonly ObjectChange[] {
    return [...this.#changes.values()];
  }

  #keep({ id, place, octets, begins }: Extract<Effect, { readonly kind: 'keepPiece' }>['piece']): void {
    const before = this.#changes.get(id);
    const piece =
      before?.piece === undefined
        ? { place, octets }
        : { place: before.piece.place, octets: Buffer.concat([before.piece.octets, octets]) };
    if (begins === undefined) this.#changes.set(id, { ...before, id, state: 'open', piece });
    else {
      const { size, ...begun } = begins;
      this.#changes.set(id, { id, state: 'open', piece, begun, size });
    }
  }
}
