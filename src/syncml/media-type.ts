/** How a message is written on the wire. */
export type Encoding = 'wbxml' | 'xml';

const ENCODING_OF: ReadonlyMap<string, Encoding> = new Map([
  ['application/vnd.syncml.dm+wbxml', 'wbxml'],
  ['application/vnd.syncml.dm+xml', 'xml'],
  ['application/vnd.syncml+wbxml', 'wbxml'],
  ['application/vnd.syncml+xml', 'xml'],
]);

export const DM_MEDIA_TYPES: readonly string[] = [...ENCODING_OF.keys()];

/**
 * Reads a Content-Type header. The answer must carry the same media type back (some clients compare it letter by
 * letter), so it comes along without its parameters. Undefined: no SyncML type.
 */
export function parseContentType(
  header: string,
): { readonly mediaType: string; readonly encoding: Encoding } | undefined {
  const mediaType = (header.split(';', 1)[0] ?? '').trim().toLowerCase();
  const encoding = ENCODING_OF.get(mediaType);
  return encoding === undefined ? undefined : { mediaType, encoding };
}
