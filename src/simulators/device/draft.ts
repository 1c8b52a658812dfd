import type { AlertCommand, ReplaceCommand, ResultsCommand, StatusCommand } from '../../syncml/message.ts';

/** A command the device is about to send; it gets its CmdID when the message it goes into is put together. */
export type Draft =
  | Omit<StatusCommand, 'cmdId'>
  | Omit<ResultsCommand, 'cmdId'>
  | Omit<AlertCommand, 'cmdId'>
  | Omit<ReplaceCommand, 'cmdId'>;

export type StatusDraft = Omit<StatusCommand, 'cmdId'>;
