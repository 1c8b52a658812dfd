import type { DmVersion } from '../syncml/message.ts';
import { AclChanging } from './acl-changing.ts';
import type { PlanInMotion } from './plan-in-motion.ts';
import type { SessionInput } from './session-input.ts';
import { Walk } from './walk.ts';

/** The plans among the open deliveries, as this step's answers move them. Costs nothing where there are none. */
export class Plans {
  readonly #input: SessionInput;
  #moving: Map<string, PlanInMotion> | undefined;

  constructor(input: SessionInput) {
    this.#input = input;
  }

  /** Undefined for a delivery with a package. */
  of(deliveryId: string): PlanInMotion | undefined {
    const moving = this.#moving?.get(deliveryId);
    if (moving !== undefined) return moving;
    const plan = this.#input.deliveries.find(({ id }) => id === deliveryId)?.plan;
    if (plan === undefined) return undefined;
    const motion = plan.kind === 'discovery' ? new Walk(plan, this.version) : new AclChanging(plan);
    this.#moving ??= new Map();
    this.#moving.set(deliveryId, motion);
    return motion;
  }

  get version(): DmVersion {
    return this.#input.message.header.verDtd === '1.2' ? '1.2' : '1.1';
  }
}
