import { childElements, type Element } from '../../wire/element.ts';
import { quoted } from '../fault.ts';
import type { FaultLog } from '../fault-log.ts';
import { attributeOf, parmValue } from './parms.ts';
import { certificateHash } from './root-certificates.ts';

const HASH = /^[0-9A-Fa-f]{40}$/;
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/**
 * In Microsoft's CertificateStore every certificate stands under its own SHA-1: a device refuses one that does not. Other
 * content (roles, keys, renewal) is let pass.
 */
export function checkCertificateStore(element: Element, faults: FaultLog): void {
  for (const child of childElements(element)) {
    if (child.name !== 'characteristic') continue;
    checkCertificate(child, faults);
    checkCertificateStore(child, faults);
  }
}

function checkCertificate(characteristic: Element, faults: FaultLog): void {
  const encoded = parmValue(characteristic, 'EncodedCertificate');
  if (encoded === undefined || encoded.includes('{{')) return;
  const hash = attributeOf(characteristic, 'type') ?? '';
  if (!BASE64.test(encoded)) {
    faults.add(characteristic, 'bad-parm', 'EncodedCertificate is a certificate (DER) in base64');
  } else if (!HASH.test(hash)) {
    if (hash.includes('{{')) return;
    faults.add(characteristic, 'bad-parm', `a certificate stands under its SHA-1 in hexadecimal, not ${quoted(hash)}`);
  } else if (certificateHash(Buffer.from(encoded, 'base64')) !== hash.toUpperCase()) {
    faults.add(characteristic, 'bad-parm', `the SHA-1 of the certificate is not ${hash}`);
  }
}
