import { bootstrapPush, type PushSecret, type PushSecurity } from '../../wire/wap/push-mac.ts';
import { MAX_PARTS, partCountOf } from '../../wire/wap/segment.ts';
import { WapError } from '../../wire/wap/wap-error.ts';
import { encodeWspPush, WSP_CHARSET, WSP_HEADER, WSP_PARAMETER, type WspPush } from '../../wire/wap/wsp-push.ts';
import { type PushKind, pushKind } from './push-kinds.ts';

/** SEC and what the MAC is made with. */
export interface PushProtection {
  readonly security: PushSecurity;
  readonly secret: PushSecret;
}

/** What goes out as short messages: a WSP push and the ports of its user data header. */
export interface PushPayload {
  readonly octets: Uint8Array;
  readonly destinationPort: number;
  readonly sourcePort: number;
  /** How many short messages it takes. */
  readonly partCount: number;
}

/**
 * The WSP push of a document's body, with the headers of its kind.
 *
 * @throws WapError `unsupported` for SEC on a kind that has none, `malformed` when the secret is not what SEC needs
 */
export function buildWspPush(
  transactionId: number,
  kind: PushKind,
  body: Uint8Array,
  protection?: PushProtection,
): WspPush {
  const { media, applicationId, hasCharset, isSecured, title } = pushKind(kind);
  if (protection !== undefined) {
    if (isSecured !== true) throw new WapError('unsupported', `a push of kind ${title} has no PIN`);
    return bootstrapPush(transactionId, 'connectivityWbxml', protection.security, protection.secret, body);
  }
  return {
    transactionId,
    contentType: {
      media,
      parameters: hasCharset === true ? [{ name: WSP_PARAMETER.charset, value: WSP_CHARSET.utf8 }] : [],
    },
    headers: applicationId === undefined ? [] : [{ name: WSP_HEADER.applicationId, value: applicationId }],
    body,
  };
}

/**
 * The push as octets, ready to be cut into short messages.
 *
 * @throws WapError as {@link buildWspPush}, and `too-large` when it would take more than 255 short messages
 */
export function buildPush(
  transactionId: number,
  kind: PushKind,
  body: Uint8Array,
  protection?: PushProtection,
): PushPayload {
  const { port, sourcePort } = pushKind(kind);
  const octets = encodeWspPush(buildWspPush(transactionId, kind, body, protection));
  const partCount = partCountOf(octets.length);
  if (partCount > MAX_PARTS) {
    throw new WapError(
      'too-large',
      `the push has ${octets.length} octets and would take ${partCount} short messages; ${MAX_PARTS} are possible`,
    );
  }
  return { octets, destinationPort: port, sourcePort, partCount };
}
