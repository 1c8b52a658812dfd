/** Media types of a serialised management tree (OMA-TS-DM_TNDS-V1_2, appendix on MIME types). */
export const TNDS_XML = 'application/vnd.syncml.dmtnds+xml';
export const TNDS_WBXML = 'application/vnd.syncml.dmtnds+wbxml';

/** Which of them a Type is; parameters and case do not count. */
export function serialisedTreeType(type: string | undefined): typeof TNDS_XML | typeof TNDS_WBXML | undefined {
  // Most types are shorter, and are asked for with every Item.
  if (type === undefined || type.length < TNDS_XML.length) return undefined;
  const mediaType = type.split(';', 1)[0]?.trim().toLowerCase();
  return mediaType === TNDS_XML || mediaType === TNDS_WBXML ? mediaType : undefined;
}
