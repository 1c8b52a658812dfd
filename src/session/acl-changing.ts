import { AclError, buildAcl, changeAcl, parseAcl } from '../syncml/access-control-list.ts';
import { explainStatus, isSuccess } from '../syncml/status-codes.ts';
import type { Effect } from './effect.ts';
import type { PlanInMotion, TreeAnswer } from './plan-in-motion.ts';
import type { Failure } from './session-input.ts';
import type { AclPlan } from './tree-plan.ts';

/**
 * Changes one node's access control list and keeps what others have in it (OMA-TS-DM_TND-V1_2_1, 7.7.1.3).
 *
 * | stage | the device answers | next |
 * |---|---|---|
 * | reading | a list | writing, or done when the change changes nothing |
 * | reading | an empty list: the node inherits | reading the node above; above the root: writing |
 * | writing | 2xx | done |
 * | any | a refusal, nothing, no list | failed |
 *
 * A node that inherits gets the inherited list with the change in it, for a list of its own ends the inheritance.
 */
export class AclChanging implements PlanInMotion {
  plan: AclPlan;
  settled = 0;
  #failure: Failure | undefined;
  readonly #effects: Effect[] = [];
  /** What was asked has been dealt with in this step. */
  #isAnswered = false;

  constructor(plan: AclPlan) {
    this.plan = plan;
  }

  get end(): PlanInMotion['end'] {
    if (this.#failure !== undefined) return { failure: this.#failure, effects: this.#effects };
    return this.plan.stage.is === 'done' ? { effects: this.#effects } : undefined;
  }

  status(ask: string, code: number): void {
    const { stage, locUri } = this.plan;
    if (this.#isAnswered) return;
    if (!isSuccess(code)) {
      const what = stage.is === 'writing' ? 'Replace' : 'Get';
      this.#fail('command-refused', `${what} of ${ask} was answered ${code}: ${explainStatus(code)}`);
    } else if (stage.is === 'writing') {
      this.#answered({ ...this.plan, stage: { is: 'done' }, after: stage.acl });
      this.#effects.push({ kind: 'storeProperty', locUri, name: 'ACL', value: stage.acl });
    }
  }

  results(ask: string, answer: TreeAnswer): TreeAnswer {
    const found = answer.properties.find(({ name }) => name === 'ACL');
    if (found !== undefined && !this.#isAnswered) this.#read(ask, found);
    return answer;
  }

  #read(ask: string, found: TreeAnswer['properties'][number]): void {
    const { stage, locUri, change } = this.plan;
    if (stage.is !== 'reading') return;
    const inherits = found.value.trim() === '';
    if (inherits && stage.at !== '.') {
      this.#answered({ ...this.plan, stage: { is: 'reading', at: parentOf(stage.at) } });
      return;
    }
    try {
      const acl = buildAcl(changeAcl(parseAcl(found.value), change));
      const isNew = acl !== (stage.at === locUri ? found.value.trim() : buildAcl(parseAcl(found.value)));
      this.#answered({
        ...this.plan,
        before: found.value,
        ...(!isNew && { after: found.value }),
        stage: isNew ? { is: 'writing', acl } : { is: 'done' },
      });
    } catch (error) {
      if (!(error instanceof AclError)) throw error;
      this.#fail('command-refused', `What the device says of ${ask} is no access control list: ${error.message}.`);
    }
  }

  close(asks: readonly string[]): void {
    const [ask] = asks;
    if (ask === undefined || this.#isAnswered) return;
    this.#fail('command-unanswered', `${ask} was not answered.`);
  }

  #answered(plan: AclPlan): void {
    this.#isAnswered = true;
    this.settled = 1;
    this.plan = plan;
  }

  #fail(code: Failure['code'], message: string): void {
    this.#isAnswered = true;
    this.settled = 1;
    this.#failure = { code, message };
  }
}

/** The root's for what stands right below it. */
function parentOf(locUri: string): string {
  return locUri.slice(0, locUri.lastIndexOf('/'));
}
