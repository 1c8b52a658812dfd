import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * The names in a client's certificate that may be a device's id: the common names of its subject, and the URIs among
 * its alternative names. Undefined: the client has shown no certificate, or none that the listener's authority vouches
 * for.
 */
export function certificateNames(socket: Socket): readonly string[] | undefined {
  // A resumed TLS 1.3 session counts as authorized without any certificate, hence the second look.
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject, subjectaltname } = socket.getPeerCertificate();
  if (subject === undefined) return undefined;
  return [...commonNames(subject), ...uris(subjectaltname)];
}

/** A subject with several common names has them in a list. */
function commonNames(subject: { readonly CN?: string | readonly string[] }): readonly string[] {
  const { CN } = subject;
  if (CN === undefined) return [];
  return typeof CN === 'string' ? [CN] : CN;
}

/** Node writes `URI:a, DNS:b`, and an entry that could be mistaken for two as a JSON string. */
function uris(subjectAltName: string | undefined): readonly string[] {
  const entries = subjectAltName?.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g) ?? [];
  return [...entries].flatMap(([, kind, value = '']) => {
    if (kind !== 'URI') return [];
    return [value.startsWith('"') ? String(JSON.parse(value)) : value];
  });
}
