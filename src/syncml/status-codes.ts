interface StatusRow {
  readonly code: number;
  readonly name: string;
  /** For the admin, in plain words. */
  readonly means: string;
}

/** Status codes (OMA-TS-DM_RepPro, response status codes). */
export const STATUSES = [
  { code: 101, name: 'In progress', means: 'The device is still working on it.' },
  { code: 200, name: 'OK', means: 'Done.' },
  { code: 201, name: 'Item added', means: 'Done; something was added.' },
  {
    code: 202,
    name: 'Accepted for processing',
    means: 'The device will do it later and report the outcome with an alert.',
  },
  { code: 204, name: 'No content', means: 'Done; there was nothing to return.' },
  { code: 205, name: 'Reset content', means: 'Done; the source should reset its copy.' },
  { code: 206, name: 'Partial content', means: 'Only a part was carried out.' },
  { code: 207, name: 'Conflict resolved with merge', means: 'Done after merging with what was there.' },
  { code: 208, name: "Conflict resolved with client's command winning", means: "Done; the device's own change won." },
  { code: 209, name: 'Conflict resolved with duplicate', means: 'Done; both versions were kept.' },
  { code: 210, name: 'Delete without archive', means: 'Deleted, without keeping an archived copy.' },
  { code: 211, name: 'Item not deleted', means: 'There was nothing to delete.' },
  { code: 212, name: 'Authentication accepted', means: 'The credentials hold for the whole session.' },
  {
    code: 213,
    name: 'Chunked item accepted and buffered',
    means: 'The device keeps this part and waits for the rest.',
  },
  { code: 214, name: 'Operation cancelled', means: 'The user cancelled it.' },
  {
    code: 215,
    name: 'Not executed',
    means: 'The device did not carry it out: the user declined or another command stood in the way.',
  },
  { code: 216, name: 'Atomic roll back OK', means: 'Another command of the Atomic failed, so this one was undone.' },
  { code: 300, name: 'Multiple choices', means: 'The target is ambiguous.' },
  { code: 301, name: 'Moved permanently', means: 'The target has another address for good.' },
  { code: 302, name: 'Found', means: 'The target has another address for now.' },
  { code: 303, name: 'See other', means: 'The target is to be fetched from another address.' },
  {
    code: 304,
    name: 'Not modified',
    means: 'Nothing was changed: the command was not carried out, or was not needed.',
  },
  { code: 305, name: 'Use proxy', means: 'The target is reached through a proxy only.' },
  { code: 400, name: 'Bad request', means: 'The device could not understand the command; its syntax is off.' },
  { code: 401, name: 'Invalid credentials', means: 'The credentials were wrong.' },
  { code: 402, name: 'Payment required', means: 'The device asks for payment first.' },
  { code: 403, name: 'Forbidden', means: 'The device understood and refuses.' },
  { code: 404, name: 'Not found', means: 'There is no such node on the device.' },
  {
    code: 405,
    name: 'Command not allowed',
    means: 'This node does not allow this command: it may be read-only or permanent.',
  },
  { code: 406, name: 'Optional feature not supported', means: 'The device does not have this optional feature.' },
  { code: 407, name: 'Missing credentials', means: 'Credentials are needed and none were sent.' },
  { code: 408, name: 'Request timeout', means: 'The device did not get what it needed in time.' },
  { code: 409, name: 'Conflict', means: 'The command clashes with the present state of the node.' },
  { code: 410, name: 'Gone', means: 'The node used to exist and is gone for good.' },
  { code: 411, name: 'Size required', means: 'The size of the object has to be given.' },
  { code: 412, name: 'Incomplete command', means: 'Something was missing from the command.' },
  { code: 413, name: 'Request entity too large', means: 'The value is larger than the device takes.' },
  { code: 414, name: 'URI too long', means: 'The LocURI is longer than the device takes.' },
  {
    code: 415,
    name: 'Unsupported media type or format',
    means: 'The node does not take a value of this type or format.',
  },
  { code: 416, name: 'Requested size too big', means: 'The answer would be larger than allowed.' },
  { code: 417, name: 'Retry later', means: 'The device is busy; try again later.' },
  { code: 418, name: 'Already exists', means: 'The node exists already, so it was not added.' },
  { code: 419, name: 'Conflict resolved with server data', means: "Not done; the server's version was kept." },
  { code: 420, name: 'Device full', means: 'There is no room left on the device.' },
  { code: 421, name: 'Unknown search grammar', means: 'The device does not know this search grammar.' },
  { code: 422, name: 'Bad CGI script', means: 'The query part of the LocURI is off.' },
  { code: 423, name: 'Soft-delete conflict', means: 'The item had been soft-deleted before.' },
  { code: 424, name: 'Size mismatch', means: 'The object received is not as large as was announced.' },
  { code: 425, name: 'Permission denied', means: "The node's access control list does not let this server do it." },
  { code: 426, name: 'Partial item not accepted', means: 'The device does not take this object in parts.' },
  { code: 427, name: 'Item not empty', means: 'The item still has something below it.' },
  { code: 428, name: 'Move failed', means: 'The node could not be moved.' },
  { code: 500, name: 'Command failed', means: 'The device failed unexpectedly.' },
  { code: 501, name: 'Command not implemented', means: 'The device does not implement this command.' },
  { code: 502, name: 'Bad gateway', means: 'Something between the device and its target failed.' },
  { code: 503, name: 'Service unavailable', means: 'The device cannot do it for the moment.' },
  { code: 504, name: 'Gateway timeout', means: 'Something between the device and its target did not answer.' },
  { code: 505, name: 'DTD version not supported', means: 'The device does not speak this version of SyncML.' },
  { code: 506, name: 'Processing error', means: 'The device hit an error of its own.' },
  { code: 507, name: 'Atomic failed', means: 'A command of the Atomic failed, so none was carried out.' },
  { code: 508, name: 'Refresh required', means: 'The device asks to start over.' },
  { code: 510, name: 'Data store failure', means: "The device's storage failed." },
  { code: 511, name: 'Server failure', means: 'A severe failure; it will not go away by trying again.' },
  { code: 512, name: 'Synchronisation failed', means: 'The application on the device failed.' },
  { code: 513, name: 'Protocol version not supported', means: 'The device does not speak this version of DM.' },
  { code: 514, name: 'Operation cancelled', means: 'The command was cancelled before it was done.' },
  {
    code: 516,
    name: 'Atomic roll back failed',
    means: 'The Atomic failed and this command could not be undone: its effect stays.',
  },
  { code: 517, name: 'Atomic response too large', means: 'The answers of the Atomic did not fit into one message.' },
] as const satisfies readonly StatusRow[];

export type KnownStatusCode = (typeof STATUSES)[number]['code'];

export const STATUS = {
  ok: 200,
  acceptedForProcessing: 202,
  authenticated: 212,
  chunkAccepted: 213,
  operationCancelled: 214,
  notExecuted: 215,
  badRequest: 400,
  invalidCredentials: 401,
  notFound: 404,
  commandNotAllowed: 405,
  optionalFeatureNotSupported: 406,
  missingCredentials: 407,
  incompleteCommand: 412,
  tooLarge: 413,
  unsupportedFormat: 415,
  alreadyExists: 418,
  sizeMismatch: 424,
  commandFailed: 500,
  notImplemented: 501,
  dtdVersionNotSupported: 505,
  protocolVersionNotSupported: 513,
  rollBackFailed: 516,
} as const satisfies Record<string, KnownStatusCode>;

const BY_CODE: ReadonlyMap<number, StatusRow> = new Map(STATUSES.map((row) => [row.code, row]));

/** A status in plain words, e.g. for 404: `Not found. There is no such node on the device.` */
export function explainStatus(code: number): string {
  const row = BY_CODE.get(code);
  if (row !== undefined) return `${row.name}. ${row.means}`;
  const kind =
    code >= 200 && code < 300
      ? 'a success'
      : code >= 500
        ? 'a failure of the device'
        : code >= 400
          ? 'a refusal'
          : 'an answer';
  return `Status ${code}, ${kind} that the specification does not name.`;
}

/**
 * The command was carried out, or will be: 2xx but for those that say it was not (213 a piece was kept, 214 cancelled,
 * 215 not executed, 216 rolled back).
 */
export function isSuccess(code: number): boolean {
  return code >= 200 && code < 300 && code !== 213 && code !== 214 && code !== 215 && code !== 216;
}
