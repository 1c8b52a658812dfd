import type { SecretBox } from '../../services/ports/secret-box.ts';
import type { Reply } from '../../services/ports/session-store.ts';

/**
 * A reply in one sealed piece (it holds the server's credentials): two octets with the length of a JSON text that holds
 * the content type and the headers, that text, and the body.
 */
export function sealReply(box: SecretBox, { contentType, headers, body }: Reply): Uint8Array {
  const head = Buffer.from(JSON.stringify(headers === undefined ? [contentType] : [contentType, headers]));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(head.length);
  return box.seal(Buffer.concat([length, head, body]));
}

/** Throws what {@link SecretBox.open} throws. */
export function openReply(box: SecretBox, sealed: Uint8Array): Reply {
  const plain = Buffer.from(box.open(sealed));
  const bodyStart = 2 + plain.readUInt16BE(0);
  const [contentType, headers] = JSON.parse(plain.toString('utf8', 2, bodyStart)) as [
    string,
    Readonly<Record<string, string>>?,
  ];
  return { contentType, ...(headers === undefined ? {} : { headers }), body: plain.subarray(bodyStart) };
}
