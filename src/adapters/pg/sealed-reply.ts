import type { SecretBox } from '../../services/ports/secret-box.ts';
import type { Reply } from '../../services/ports/session-store.ts';

/**
 * A reply in one sealed piece (it holds the server's credentials): two octets with the length of a JSON text that holds
 * the content type, the headers and what it answered, that text, and the body.
 */
export function sealReply(box: SecretBox, { contentType, headers, answered, body }: Reply): Uint8Array {
  const parts = answered !== undefined ? [headers ?? null, answered] : headers !== undefined ? [headers] : [];
  const head = Buffer.from(JSON.stringify([contentType, ...parts]));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(head.length);
  return box.seal(Buffer.concat([length, head, body]));
}

/** Throws what {@link SecretBox.open} throws. */
export function openReply(box: SecretBox, sealed: Uint8Array): Reply {
  const plain = Buffer.from(box.open(sealed));
  const bodyStart = 2 + plain.readUInt16BE(0);
  const [contentType, headers, answered] = JSON.parse(plain.toString('utf8', 2, bodyStart)) as [
    string,
    (Readonly<Record<string, string>> | null)?,
    string?,
  ];
  return {
    contentType,
    ...(headers == null ? {} : { headers }),
    ...(answered === undefined ? {} : { answered }),
    body: plain.subarray(bodyStart),
  };
}
