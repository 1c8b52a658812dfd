/**
 * What can be wrong with an uploaded document. The codes are stable: clients may switch on them; the messages are for
 * people and may change.
 */
export const FAULT_CODES = {
  'too-large': 'the document has more octets than allowed',
  encoding: 'the document is not UTF-8',
  xml: 'the document is not well-formed XML, or uses XML that is refused here (a DTD, say)',
  'unknown-root': 'the root is neither of an OMA DM document nor of one that is pushed',
  'unknown-namespace': 'an element is in a namespace that means nothing here',
  'unknown-element': 'no element of that name exists',
  'misplaced-element': 'the element exists, but not here',
  'repeated-element': 'the element may stand here once',
  'missing-element': 'an element that must stand here is absent',
  'unexpected-attribute': 'the attribute means nothing here',
  'missing-attribute': 'an attribute that must stand here is absent',
  'unexpected-text': 'text where only elements may stand',
  'not-in-dm': 'the element is of SyncML but not for a package (or not of DM at all)',
  'unsupported-command': 'a command that a package cannot send',
  version: 'a version other than DM 1.1 and 1.2, or both in one document',
  'empty-package': 'no command at all',
  'empty-group': 'an Atomic or Sequence without a command',
  'too-many-commands': 'more commands than allowed',
  'too-many-faults': 'more faults than are reported',
  'bad-cmd-id': 'a CmdID is not a positive decimal number',
  'duplicate-cmd-id': 'two commands have the same CmdID',
  'missing-item': 'a command without an Item',
  'too-many-items': 'more Items than the command takes',
  'missing-target': 'an Item without Target/LocURI',
  'missing-source': 'an Item of Copy without Source/LocURI',
  'bad-loc-uri': 'a LocURI breaks a rule of the management tree',
  'missing-data': 'an Item without the Data it needs',
  'unexpected-data': 'Data where none may stand',
  'bad-data': 'Data that is not of its Format',
  'unknown-format': 'a Format that does not exist',
  'bad-size': 'a Size that is not a number of octets',
  'nested-atomic': 'an Atomic inside an Atomic, directly or not',
  'nested-sequence': 'a Sequence directly inside a Sequence',
  'get-in-atomic': 'a Get inside an Atomic, directly or not',
  'not-in-atomic': 'a command that an Atomic may not hold',
  'bad-alert-option': 'an option of a user interaction has a value it cannot have',
  'duplicate-correlator': 'two Execs have the same Correlator',
  'bad-alert': 'an Alert that is not one of the user interactions 1100 to 1104',
  'misplaced-characteristic': 'a characteristic of OMA CP stands where it has no place',
  'misplaced-parm': 'a parm of OMA CP in a characteristic that does not take it',
  'repeated-parm': 'a parm of OMA CP that may stand there once',
  'bad-parm': 'a name or value of OMA CP that is not of its form',
  'bad-variable': 'a `{{` that does not begin a variable',
} as const;

/** What can be wrong with a package that is held against the description of a device. */
export const DDF_FAULT_CODES = {
  'unknown-node': 'the description has no such node',
  access: 'the node does not take the command',
  format: 'the value is of another format than the node',
  scope: 'the node is permanent: it can be neither made nor deleted',
} as const;

export type DdfFaultCode = keyof typeof DDF_FAULT_CODES;

export type FaultCode = keyof typeof FAULT_CODES | `ddf-${DdfFaultCode}`;

/** One thing that is wrong, and where: line and column counted from 1, of the element it is about. */
export interface Fault {
  readonly line: number;
  readonly column: number;
  readonly code: FaultCode;
  /** Why, in a sentence an author of documents understands. Cites the document, never a variable's value. */
  readonly message: string;
  /** The Target of the item the fault is in, where there is one. */
  readonly locUri?: string;
}

/** In the order of the document; faults of one place keep the order they were found in. */
export function sortFaults(faults: readonly Fault[]): Fault[] {
  return faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** A piece of the document for a message: on one line and never long. */
export function quoted(text: string): string {
  const flat = text.replace(/\s+/g, ' ');
  return flat.length <= 60 ? `"${flat}"` : `"${flat.slice(0, 57)}…"`;
}
