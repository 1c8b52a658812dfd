import type { Location, Meta } from '../syncml/message.ts';
import type { Element } from '../wire/element.ts';

/**
 * A command of an uploaded document, checked and ready to be stored: the same shape as `RequestCommand`, without a
 * CmdID (the session numbers the commands it sends) and with variables (`{{name}}`) still in place.
 *
 * Everything here is a plain JSON value and is never changed after compilation.
 */
export type PackageCommand = PackageItemsCommand | PackageAlert | PackageGroup;

export const ITEMS_COMMAND_NAMES = ['Add', 'Replace', 'Delete', 'Copy', 'Get', 'Exec'] as const;
export type ItemsCommandName = (typeof ITEMS_COMMAND_NAMES)[number];

export const GROUP_COMMAND_NAMES = ['Atomic', 'Sequence'] as const;
export type GroupCommandName = (typeof GROUP_COMMAND_NAMES)[number];

export type PackageCommandName = PackageCommand['name'];

interface PackageCommandBase {
  /** Line of the command's start tag in the uploaded document, counted from 1. */
  readonly line: number;
}

export interface PackageItemsCommand extends PackageCommandBase {
  readonly name: ItemsCommandName;
  readonly meta?: Meta;
  /** Only on Exec. */
  readonly correlator?: string;
  readonly items: readonly PackageItem[];
}

export interface PackageAlert extends PackageCommandBase {
  readonly name: 'Alert';
  /** A user interaction, 1100…1104. */
  readonly code: number;
  readonly correlator?: string;
  readonly items: readonly PackageItem[];
}

export interface PackageGroup extends PackageCommandBase {
  readonly name: GroupCommandName;
  readonly meta?: Meta;
  readonly commands: readonly PackageCommand[];
}

export interface PackageItem {
  readonly target?: Location;
  readonly source?: Location;
  /** As written on the Item; what it leaves out it takes from its command's Meta, see {@link effectiveFormat}. */
  readonly meta?: Meta;
  readonly data?: PackageData;
}

/**
 * - text, as written (blanks around numbers and booleans, and inside base64 of format `b64`, are taken out);
 * - `base64`: octets, for format `bin`; without blanks, but a variable may stand in it;
 * - `elements`: an embedded XML value, for format `xml`.
 */
export type PackageData = string | { readonly base64: string } | { readonly elements: readonly Element[] };

/** The Format that holds for an item: its own, else its command's, else `chr` (OMA-SyncML-MetaInfo, Format). */
export function effectiveFormat(itemMeta: Meta | undefined, commandMeta: Meta | undefined): string {
  return itemMeta?.format ?? commandMeta?.format ?? 'chr';
}

/** All commands, those inside Atomic and Sequence too. */
export function countCommands(commands: readonly PackageCommand[]): number {
  let count = 0;
  for (const command of commands) {
    count += 1;
    if ('commands' in command) count += countCommands(command.commands);
  }
  return count;
}
