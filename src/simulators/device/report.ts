import type { Command, Item, Message } from '../../syncml/message.ts';
import { STATUSES } from '../../syncml/status-codes.ts';
import type { DeviceEvent } from './device-options.ts';
import type { ManagementTree } from './management-tree.ts';
import { showMessage } from './message-codec.ts';
import type { SessionOutcome } from './session-outcome.ts';
import type { NodeValue } from './tree-node.ts';

/** The lines that tell a person what happened; none when it is not worth a word. */
export function describeEvent(event: DeviceEvent, verbose: boolean): readonly string[] {
  switch (event.kind) {
    case 'sessionStarted':
      return [`session ${event.sessionId}`];
    case 'sent':
    case 'received': {
      const { message, octets, kind } = event;
      const arrow = kind === 'sent' ? '-->' : '<--';
      const line = `  ${arrow} message ${message.header.msgId}, ${octets} octets: ${describeMessage(message, event.hasMac)}`;
      return verbose ? [line, ...showMessage(message).trimEnd().split('\n')] : [line];
    }
    case 'executed': {
      const { name, locUri, status } = event.execution;
      return [`      ${name}${locUri === '' ? '' : ` ${locUri}`}: ${describeStatus(status)}`];
    }
    case 'alertAnswered':
      return [`      our alert ${event.alert.code} of type ${event.alert.type}: ${describeStatus(event.status)}`];
    case 'retry':
      return [`  ... no answer (${event.reason}); sending the same message again (${event.attempt})`];
    case 'push':
      return [describePush(event.outcome)];
    case 'sessionEnded':
      return describeOutcome(event.outcome);
  }
}

/** Every leaf on a line. */
export function describeTree(tree: ManagementTree): string[] {
  return Array.from(tree.leaves(), ([locUri, { value, format }]) => `${locUri} = ${describeValue(value)} (${format})`);
}

function describeMessage({ header, commands, final }: Message, hasMac: boolean): string {
  const parts: string[] = [];
  if (header.cred !== undefined) parts.push(`credentials (${header.cred.type})`);
  if (hasMac) parts.push('credentials (syncml:auth-MAC)');
  const statuses = commands.filter((command) => command.name === 'Status').map(({ code }) => String(code));
  if (statuses.length > 0) parts.push(`Status ${statuses.join(' ')}`);
  for (const command of commands) if (command.name !== 'Status') parts.push(describeCommand(command));
  parts.push(final ? 'Final' : 'to be continued');
  return parts.join(', ');
}

function describeCommand(command: Command): string {
  switch (command.name) {
    case 'Atomic':
    case 'Sequence':
      return `${command.name} of ${command.commands.length}`;
    case 'Alert':
      return `Alert ${command.code}`;
    case 'Unknown':
      return command.element;
    case 'Status':
      return `Status ${command.code}`;
    default: {
      const [first] = command.items;
      const more = command.items.length > 1 ? ` and ${command.items.length - 1} more` : '';
      return `${command.name} ${first === undefined ? 'of nothing' : locUriOf(first)}${more}`;
    }
  }
}

function describePush(outcome: Extract<DeviceEvent, { kind: 'push' }>['outcome']): string {
  switch (outcome.kind) {
    case 'trigger':
      return `push: a trigger from our server, for session ${outcome.sessionId}`;
    case 'bootstrap': {
      const { serverId, address, auth } = outcome.account;
      return `push: an account with ${serverId} at ${address}, credentials by ${auth}`;
    }
    case 'waiting':
      return 'push: a part of a message; waiting for the rest';
    case 'ignored':
      return `push ignored: ${outcome.reason}`;
  }
}

function describeOutcome(outcome: SessionOutcome): string[] {
  const { sessionId, end, reason, messages, posts, executed, complaints } = outcome;
  const repeated = posts > messages ? `, ${posts - messages} sent again` : '';
  const why = reason === undefined ? '' : ` (${reason})`;
  return [
    ...complaints.map((complaint) => `  note: ${complaint}`),
    `session ${sessionId}: ${end}${why} after ${messages} messages${repeated}; ${executed} commands carried out`,
  ];
}

const STATUS_NAMES: ReadonlyMap<number, string> = new Map(STATUSES.map(({ code, name }) => [code, name]));

function describeStatus(code: number): string {
  const name = STATUS_NAMES.get(code);
  return name === undefined ? String(code) : `${code} ${name}`;
}

function describeValue(value: NodeValue): string {
  if (typeof value !== 'string') return `${value.length} octets`;
  return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value);
}

function locUriOf({ target, source }: Item): string {
  return target?.uri ?? source?.uri ?? '';
}
