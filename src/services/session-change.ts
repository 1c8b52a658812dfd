import type { CommandResult } from '../domain/delivery.ts';
import type { DevInfo, NodeValue } from '../domain/device.ts';
import { countRefusal, forgive, type RefusalCount } from '../domain/refusals.ts';
import { type Forgotten, isAtOrBelow, type NodePropertyValue } from '../domain/tree-report.ts';
import type { AlertReport, AwaitedExec, DeliveryMove } from '../session/effect.ts';
import type { StepResult } from '../session/step-result.ts';
import { ObjectChanges } from './object-changes.ts';
import type { LoggedMessage, SessionChange, SessionContext } from './ports/session-store.ts';

/** What the engine does not know of a change. */
export interface ChangeFacts
  extends Pick<SessionChange['session'], 'id' | 'isNew' | 'dmSessionId' | 'lastMsgId' | 'lastReply'> {
  readonly now: Date;
  readonly log: readonly LoggedMessage[];
  /** Where the message came from, as refusals are counted; undefined: they are not. */
  readonly source: string | undefined;
  readonly moves: readonly SessionChange['deliveries'][number][];
}

/** The engine's effects as one change of the database. */
export function changeOf({ state, effects }: StepResult, context: SessionContext, facts: ChangeFacts): SessionChange {
  const { now, log, moves, source, ...session } = facts;
  let device: SessionChange['device'] = {};
  let proven = false;
  let closed: { readonly reason: string } | undefined;
  let objects: ObjectChanges | undefined;
  const deliveries = [...moves];
  const results = new Map<string, { deliveryId: string } & CommandResult>();
  const nodes = new Map<string, NodeValue>();
  const removedNodes: string[] = [];
  const notes: string[] = [];
  const alerts: AlertReport[] = [];
  const awaited: AwaitedExec[] = [];
  const nodeProperties = new Map<string, NodePropertyValue>();
  const forgottenNodes: Forgotten[] = [];
  for (const effect of effects) {
    switch (effect.kind) {
      case 'deviceProven':
        proven = true;
        if (source !== undefined) device = { ...device, ...refusalsOf(forgive(context.device.refusals, source)) };
        device = { ...device, seen: true };
        break;
      case 'adoptAccount': {
        const { pending = [] } = context.device.account;
        const account = pending[effect.index];
        if (account !== undefined) {
          device = { ...device, adopted: { account, pending: pending.slice(effect.index + 1) } };
        }
        break;
      }
      case 'renewClientNonce':
        device = { ...device, clientNonce: effect.nonce, previousClientNonce: effect.previous ?? null };
        break;
      case 'retirePreviousClientNonce':
        device = { ...device, previousClientNonce: null };
        break;
      case 'renewServerNonce':
        device = { ...device, serverNonce: effect.nonce };
        break;
      case 'storeDevInfo':
        device = { ...device, devInfo: effect.devInfo as DevInfo };
        break;
      case 'storeNode':
        nodes.set(effect.node.locUri, { ...effect.node, at: now });
        if (effect.node.locUri === './DevDetail/LrgObj') device = { ...device, ...pieces(effect.node.value) };
        if (effect.node.locUri === './DevDetail/FwV') device = { ...device, ...firmware(effect.node.value) };
        break;
      case 'removeNode':
        removedNodes.push(effect.locUri);
        for (const locUri of nodes.keys()) {
          if (locUri === effect.locUri || locUri.startsWith(`${effect.locUri}/`)) nodes.delete(locUri);
        }
        for (const [key, { locUri }] of nodeProperties) {
          if (isAtOrBelow(locUri, effect.locUri)) nodeProperties.delete(key);
        }
        break;
      case 'storeProperty': {
        const { locUri, name, value } = effect;
        nodeProperties.set(`${name} ${locUri}`, { locUri, name, value });
        break;
      }
      case 'forgetNodes': {
        const { root, since, except } = effect;
        forgottenNodes.push({ root, since, except });
        break;
      }
      case 'recordResult': {
        const key = `${effect.result.deliveryId} ${effect.result.path.join('.')} ${effect.result.item}`;
        results.set(key, { ...results.get(key), ...effect.result });
        break;
      }
      case 'reportAlert':
        alerts.push(effect.alert);
        break;
      case 'awaitOutcome':
        awaited.push(effect.exec);
        break;
      case 'moveDelivery':
        deliveries.push(stamped(effect.move, context.device.lock));
        break;
      case 'closeSession':
        closed = { reason: effect.reason };
        break;
      case 'deviceRefused':
        if (source !== undefined) {
          device = { ...device, ...refusalsOf(countRefusal(context.device.refusals, source, now)) };
        }
        notes.push(`the device's credentials are refused: ${effect.failure.why}`);
        break;
      case 'keepPiece':
      case 'completeObject':
      case 'dropObject':
        objects ??= new ObjectChanges();
        objects.add(effect);
        break;
      case 'note':
        notes.push(effect.text);
        break;
      case 'reply':
        break;
    }
  }
  return {
    deviceRowId: context.device.id,
    lock: context.device.lock,
    at: now,
    session: {
      ...session,
      supersedesOthers: proven,
      state,
      ...(closed !== undefined && { closed }),
      ...(notes.length > 0 && { notes }),
    },
    device,
    deliveries,
    results: [...results.values()],
    nodeValues: [...nodes.values()],
    removedNodes,
    alerts,
    awaited,
    ...(nodeProperties.size > 0 && { nodeProperties: [...nodeProperties.values()] }),
    ...(forgottenNodes.length > 0 && { forgottenNodes }),
    ...(objects !== undefined && { objects: objects.all }),
    log,
  };
}

/** A plan remembers the exchange in which its first command went out. */
function stamped(move: DeliveryMove, lock: number): DeliveryMove {
  const { plan } = move;
  return plan === undefined || plan.since !== undefined ? move : { ...move, plan: { ...plan, since: lock } };
}

function refusalsOf(refusals: readonly RefusalCount[] | undefined): Pick<SessionChange['device'], 'refusals'> {
  return refusals === undefined ? {} : { refusals };
}

/** DevDetail/LrgObj (OMA-TS-DM_StdObj, 5.3.2): whether the device takes values in pieces. */
function pieces(lrgObj: string | undefined): Pick<SessionChange['device'], 'takesPieces'> {
  const word = lrgObj?.trim().toLowerCase();
  if (word === 'true' || word === '1') return { takesPieces: true };
  return word === 'false' || word === '0' ? { takesPieces: false } : {};
}

/** DevDetail/FwV (OMA-TS-DM_StdObj, 5.3.2), which filters go by. */
function firmware(fwV: string | undefined): Pick<SessionChange['device'], 'fwV'> {
  return fwV === undefined || fwV === '' ? {} : { fwV };
}
