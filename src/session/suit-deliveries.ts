import type { AddCommand, DmVersion, ExecCommand, Meta, ReplaceCommand, RequestCommand } from '../syncml/message.ts';
import type { QueuedDelivery } from './session-input.ts';

/** Formats that came with DM 1.2 (OMA-TS-DM_TND, 7.7.2). Their values are text of a fixed shape: 1.1 has them as `chr`. */
const FORMATS_OF_1_2: ReadonlySet<string> = new Set(['date', 'time', 'float']);
/** Trees as documents (OMA-TS-DM_TNDS) came with DM 1.2, too. */
const TNDS_TYPE = 'application/vnd.syncml.dmtnds+';
const TNDS_LIST = '?list=TNDS';

/**
 * The deliveries as a device of that version can take them, whatever version their packages were written for.
 *
 * | | to DM/1.1 | to DM/1.2 |
 * |---|---|---|
 * | Correlator | left out | an Exec without one gets one of ours, so that its outcome can be told |
 * | formats date, time, float | sent as chr | as they are |
 * | TNDS, as a value or as `?list=TNDS` | the delivery fails with the reason | as it is |
 *
 * Namespaces and header are written by the session in any case. What needs no change is handed back as it is.
 */
export function suitDeliveries(deliveries: readonly QueuedDelivery[], version: DmVersion): readonly QueuedDelivery[] {
  let suited: QueuedDelivery[] | undefined;
  for (const [place, delivery] of deliveries.entries()) {
    const one = suitDelivery(delivery, version);
    if (one === delivery) continue;
    suited ??= [...deliveries];
    suited[place] = one;
  }
  return suited ?? deliveries;
}

function suitDelivery(delivery: QueuedDelivery, version: DmVersion): QueuedDelivery {
  const { id, position, upcoming } = delivery;
  let changed: RequestCommand[] | undefined;
  for (let index = 0; index < upcoming.length; index++) {
    const command = upcoming[index];
    // Hundreds of commands are looked at with every message, and hardly one needs anything.
    if (command === undefined || (version === '1.1' ? isOf11(command) : isOf12(command))) continue;
    const unsuitable = version === '1.1' ? unsuitableIn(command, String(position + index + 1)) : undefined;
    if (unsuitable !== undefined) return { ...delivery, unsuitable };
    const suited = version === '1.1' ? asOf11(command) : withCorrelators(command, `${id}.${position + index}`);
    if (suited === command) continue;
    changed ??= [...upcoming];
    changed[index] = suited;
  }
  return changed === undefined ? delivery : { ...delivery, upcoming: changed };
}

function isOf12(command: RequestCommand): boolean {
  if ('commands' in command) return command.commands.every(isOf12);
  return command.name !== 'Exec' || (command.correlator ?? '') !== '';
}

function isOf11(command: RequestCommand): boolean {
  if ('commands' in command) return command.commands.every(isOf11);
  if (('correlator' in command && command.correlator !== undefined) || command.name === 'Alert') {
    return command.correlator === undefined;
  }
  if (!isMetaOf11(command.meta)) return false;
  for (const { target, meta } of command.items) {
    if (!isMetaOf11(meta) || target?.uri.includes(TNDS_LIST) === true) return false;
  }
  return true;
}

function isMetaOf11(meta: Meta | undefined): boolean {
  if (meta === undefined) return true;
  const { format, type } = meta;
  return !(format !== undefined && FORMATS_OF_1_2.has(format)) && type?.startsWith(TNDS_TYPE) !== true;
}

/**
 * Why a device of 1.1 cannot be told this at all.
 * @param place of the command, counted from 1, for people
 */
function unsuitableIn(command: RequestCommand, place: string): string | undefined {
  if ('commands' in command) {
    for (const [index, inner] of command.commands.entries()) {
      const found = unsuitableIn(inner, `${place}.${index + 1}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (command.name === 'Alert') return undefined;
  for (const { target, meta } of command.items) {
    const locUri = target?.uri ?? '';
    const isTnds = (meta?.type ?? command.meta?.type)?.startsWith(TNDS_TYPE) === true;
    if (!isTnds && !locUri.includes(TNDS_LIST)) continue;
    const what = isTnds ? 'sends a tree as a document (TNDS)' : 'asks for a tree as a document (?list=TNDS)';
    return `${command.name} of ${locUri} (command ${place}) ${what}, which came with DM 1.2; the device speaks DM 1.1.`;
  }
  return undefined;
}

function asOf11(command: RequestCommand): RequestCommand {
  if ('commands' in command) return withInner(command, (inner) => asOf11(inner));
  const { name } = command;
  if (name === 'Alert' || name === 'Exec') {
    if (command.correlator === undefined) return name === 'Exec' ? inFormatsOf11(command) : command;
    const { correlator: _, ...rest } = command;
    return rest.name === 'Exec' ? inFormatsOf11(rest) : rest;
  }
  return name === 'Add' || name === 'Replace' ? inFormatsOf11(command) : command;
}

function inFormatsOf11<C extends AddCommand | ReplaceCommand | ExecCommand>(command: C): C {
  const isNew = (meta: Meta | undefined): meta is Meta => FORMATS_OF_1_2.has(meta?.format ?? '');
  if (!isNew(command.meta) && !command.items.some(({ meta }) => isNew(meta))) return command;
  const items = command.items.map((item) =>
    isNew(item.meta) ? { ...item, meta: { ...item.meta, format: 'chr' } } : item,
  );
  return { ...command, ...(isNew(command.meta) && { meta: { ...command.meta, format: 'chr' } }), items };
}

/** @param own delivery and path: no other Exec of any device has it, and sent again it is the same */
function withCorrelators(command: RequestCommand, own: string): RequestCommand {
  if ('commands' in command) {
    return withInner(command, (inner, index) => withCorrelators(inner, `${own}.${index}`));
  }
  if (command.name !== 'Exec' || (command.correlator ?? '') !== '') return command;
  return { ...command, correlator: own };
}

function withInner<C extends Extract<RequestCommand, { readonly commands: readonly RequestCommand[] }>>(
  group: C,
  suit: (inner: RequestCommand, index: number) => RequestCommand,
): C {
  const commands = group.commands.map(suit);
  return commands.every((one, index) => one === group.commands[index]) ? group : { ...group, commands };
}
