import type { DmVersion } from '../syncml/message.ts';
import { canonicalSegment } from '../syncml/node-name.ts';
import { addressOf, type NodeProperty } from '../syncml/node-properties.ts';
import { explainStatus, isSuccess, STATUS } from '../syncml/status-codes.ts';
import type { Effect } from './effect.ts';
import type { PlanInMotion, TreeAnswer } from './plan-in-motion.ts';
import type { NodeReport } from './report-node.ts';
import type { Failure } from './session-input.ts';
import { listOf, type WalkPlan } from './tree-plan.ts';

/** Branches that the device would not show, as many as are kept by name. More than that, and nothing is forgotten. */
const MAX_REFUSED_KEPT = 200;
const MAX_SEGMENT = 255;
const MAX_LOC_URI = 2048;

/**
 * Walks a device's tree (OMA-TS-DM_TND-V1_2_1, 6.2 and 8): asks for all at once where the device knows how, else for
 * every node by itself, for a Get of an interior node brings the names of its children.
 *
 * - A list that is refused, or brings nothing, is followed by the next way to ask, at last level by level from the root.
 * - A node that is refused ends its branch, not the walk; 404 says that it is gone. Only a refused root fails it.
 * - A property that the device does not keep at all (406) is not asked for again.
 * - Nothing goes on beyond the limits; what was left out is counted.
 * - Once a walk has come to its end without being cut, nodes that were known before and were not seen again are gone,
 *   but for those in branches that were refused.
 *
 * A question is settled when its Results have come, or a refusal has; a Status alone settles nothing before the device's
 * package is complete, so that no session that breaks off in between takes a branch with it.
 */
export class Walk implements PlanInMotion {
  #plan: WalkPlan;
  readonly #version: DmVersion;
  settled = 0;
  /** What is no longer among the asks. */
  readonly #settledAsks = new Set<string>();
  readonly #found: string[] = [];
  readonly #effects: Effect[] = [];
  #known: Set<string> | undefined;
  #failure: Failure | undefined;

  constructor(plan: WalkPlan, version: DmVersion) {
    this.#plan = plan;
    this.#version = version;
  }

  get plan(): WalkPlan {
    if (this.#settledAsks.size > 0 || this.#found.length > 0) {
      const asks = [...this.#plan.asks.filter((ask) => !this.#settledAsks.has(ask)), ...this.#found];
      this.#plan = { ...this.#plan, asks };
      this.#settledAsks.clear();
      this.#found.length = 0;
    }
    return this.#plan;
  }

  get end(): PlanInMotion['end'] {
    const { asks } = this.plan;
    if (this.#failure !== undefined) return { failure: this.#failure, effects: this.#effects };
    if (asks.length > 0 || listOf(this.plan, this.#version) !== undefined) return undefined;
    return { effects: [...this.#effects, ...this.#forgotten()] };
  }

  status(ask: string, code: number): void {
    if (isSuccess(code)) return;
    const { locUri, property, list } = addressOf(ask);
    if (list !== undefined) this.#nextWay();
    else if (property !== undefined) this.#refuseProperty(ask, property, code);
    else {
      this.#settle(ask);
      this.#refuse(locUri, code);
      if (code === STATUS.notFound) this.#effects.push({ kind: 'removeNode', locUri });
    }
  }

  results(ask: string, answer: TreeAnswer): TreeAnswer {
    const { list, property } = addressOf(ask);
    if (list !== undefined) return this.#takeList(answer);
    this.#settle(ask);
    if (property === undefined) for (const node of answer.nodes) this.#expand(node);
    return answer;
  }

  close(asks: readonly string[]): void {
    for (const ask of asks) {
      const { locUri, property, list } = addressOf(ask);
      if (list !== undefined) {
        // Whatever has come of a list has been taken; more will not come.
        if (list === listOf(this.#plan, this.#version)) this.#endList();
      } else if (this.plan.asks.includes(ask)) {
        this.#settle(ask);
        if (property === undefined) this.#refuse(locUri, undefined);
      }
    }
    const { plan } = this;
    if (plan.messages >= plan.limits.messages && plan.asks.length > 0) {
      this.#plan = { ...plan, asks: [], lists: [], cut: { ...plan.cut, messages: plan.asks.length } };
    }
  }

  /** The nodes a list brings, but for those beyond the limits. */
  #takeList({ nodes, properties }: TreeAnswer): TreeAnswer {
    const kept = new Set<string>();
    for (const node of nodes) {
      const { locUri, format, value } = node;
      if (!this.#count(locUri)) continue;
      kept.add(locUri);
      const { listed = 0 } = this.#plan;
      const isRoot = locUri === this.#plan.root && format === 'node';
      this.#plan = { ...this.#plan, listed: listed + 1, ...(isRoot && { rootNames: value ?? '' }) };
      this.#askForProperties(node, properties);
    }
    return {
      nodes: nodes.filter(({ locUri }) => kept.has(locUri)),
      properties: properties.filter(({ locUri }) => kept.has(locUri)),
    };
  }

  #endList(): void {
    const { listed = 0, rootNames, ...plan } = this.plan;
    if (listed === 0) {
      this.#nextWay();
      return;
    }
    this.settled += 1;
    this.#plan = { ...plan, lists: [], asks: plan.asks.filter((ask) => ask !== plan.root) };
    // A device that does not know lists may answer as if it had been asked for the node alone.
    if (listed === 1 && rootNames !== undefined) {
      this.#expand({ locUri: plan.root, format: 'node', value: rootNames });
    }
  }

  /** The list was in vain. */
  #nextWay(): void {
    this.settled += 1;
    const { plan } = this;
    const list = listOf(plan, this.#version);
    this.#plan = { ...plan, lists: list === undefined ? [] : plan.lists.slice(plan.lists.indexOf(list) + 1) };
  }

  /** What is known of a node now leads to its children and its properties. */
  #expand(node: NodeReport): void {
    this.#askForProperties(node, []);
    if (node.format !== 'node') return;
    for (const name of namesIn(node.value)) this.#meet(`${node.locUri}/${canonicalSegment(name)}`);
  }

  #askForProperties({ locUri, format }: NodeReport, known: TreeAnswer['properties']): void {
    for (const property of this.#plan.properties) {
      // An interior node has no size (OMA-TS-DM_TND-V1_2_1, 7.2).
      if (property === 'Size' && format === 'node') continue;
      if (known.some((one) => one.name === property && one.locUri === locUri)) continue;
      this.#ask(`${locUri}?prop=${property}`);
    }
  }

  #meet(locUri: string): void {
    const { root, limits, cut } = this.#plan;
    if (depthOf(locUri) - depthOf(root) > limits.depth) {
      this.#plan = { ...this.#plan, cut: { ...cut, depth: (cut.depth ?? 0) + 1 } };
    } else if (isTooLong(locUri)) this.#refuse(locUri, undefined);
    else if (!this.#isAskedFor(locUri) && this.#count(locUri)) this.#ask(locUri);
  }

  /** False when it is one too many. The root is counted from the start. */
  #count(locUri: string): boolean {
    const { root, nodes, limits, cut } = this.#plan;
    if (locUri === root) return true;
    const isIn = nodes < limits.nodes;
    this.#plan = isIn
      ? { ...this.#plan, nodes: nodes + 1 }
      : { ...this.#plan, cut: { ...cut, nodes: (cut.nodes ?? 0) + 1 } };
    return isIn;
  }

  #isAskedFor(ask: string): boolean {
    this.#known ??= new Set(this.#plan.asks);
    return this.#known.has(ask);
  }

  #ask(ask: string): void {
    if (this.#isAskedFor(ask)) return;
    this.#known?.add(ask);
    this.#found.push(ask);
  }

  #settle(ask: string): void {
    if (this.#settledAsks.has(ask) || !this.#isAskedFor(ask)) return;
    this.#settledAsks.add(ask);
    this.settled += 1;
  }

  #refuseProperty(ask: string, property: NodeProperty, code: number): void {
    this.#settle(ask);
    if (code !== STATUS.optionalFeatureNotSupported) return;
    const { plan } = this;
    this.#plan = {
      ...plan,
      properties: plan.properties.filter((one) => one !== property),
      asks: plan.asks.filter((one) => !one.endsWith(`?prop=${property}`)),
    };
  }

  #refuse(locUri: string, status: number | undefined): void {
    const { plan } = this;
    const refusal = { locUri, ...(status !== undefined && { status }) };
    this.#plan = {
      ...plan,
      refusals: plan.refusals + 1,
      refused: plan.refused.length < MAX_REFUSED_KEPT ? [...plan.refused, refusal] : plan.refused,
    };
    if (locUri !== plan.root) return;
    const why = status === undefined ? 'was not answered' : `was answered ${status}: ${explainStatus(status)}`;
    this.#failure = {
      code: status === undefined ? 'command-unanswered' : 'command-refused',
      message: `Get of ${locUri}, where the walk begins, ${why}`,
    };
  }

  #forgotten(): Effect[] {
    const { root, cut, since, refused, refusals } = this.#plan;
    const isComplete = Object.keys(cut).length === 0 && refusals === refused.length;
    if (!isComplete || since === undefined) return [];
    const except = refused.filter(({ status }) => status !== STATUS.notFound).map(({ locUri }) => locUri);
    return [{ kind: 'forgetNodes', root, since, except }];
  }
}

/** Names of children, joined by slashes (OMA-TS-DM_TND-V1_2_1, 6.2). */
function namesIn(value: string | undefined): string[] {
  return value === undefined ? [] : value.split('/').filter((name) => name !== '' && name !== '.' && name !== '..');
}

function depthOf(locUri: string): number {
  return locUri === '.' ? 0 : locUri.split('/').length - 1;
}

function isTooLong(locUri: string): boolean {
  return (
    locUri.length > MAX_LOC_URI || locUri.length - locUri.lastIndexOf('/') > MAX_SEGMENT + 1 || locUri.includes('?')
  );
}
