import { createHash } from 'node:crypto';
import type { Element } from '../../wire/element.ts';
import { characteristic, parm } from './cp-element.ts';

/**
 * Microsoft's CertificateStore: each certificate stands under its SHA-1 in the store ROOT, so that the device trusts the
 * server's TLS certificate. Undefined when there is none to install.
 *
 * @param certificates DER
 */
export function buildCertificateStore(certificates: readonly Uint8Array[]): Element | undefined {
  if (certificates.length === 0) return undefined;
  return characteristic(
    'CertificateStore',
    characteristic(
      'ROOT',
      ...certificates.map((der) =>
        characteristic(certificateHash(der), parm('EncodedCertificate', Buffer.from(der).toString('base64'))),
      ),
    ),
  );
}

/** As Windows Mobile names a certificate: SHA-1 over the DER, upper-case hexadecimal. */
export function certificateHash(der: Uint8Array): string {
  return createHash('sha1').update(der).digest('hex').toUpperCase();
}
