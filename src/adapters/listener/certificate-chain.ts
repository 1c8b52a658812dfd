import { X509Certificate } from 'node:crypto';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What devices could hold against the certificates we show: ours first, then each one's issuer, as TLS has it. Devices
 * look for a name in ours, and know nothing but the authority at the top. Never throws; none are faults for TLS to find.
 * @param pem the file as it is
 */
export function chainFaults(pem: Buffer, now: Date): readonly string[] {
  let chain: readonly X509Certificate[];
  try {
    chain = (pem.toString('latin1').match(PEM) ?? []).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
  const faults: string[] = [];
  chain.forEach((certificate, index) => {
    const which = index === 0 ? 'the certificate' : `certificate ${index + 1} of the file`;
    if (new Date(certificate.validTo) < now) faults.push(`${which} expired on ${certificate.validTo}`);
    if (new Date(certificate.validFrom) > now) faults.push(`${which} is not valid before ${certificate.validFrom}`);
    const issuer = chain[index + 1];
    if (issuer !== undefined && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))) {
      faults.push(`${which} was not issued by the one after it`);
    }
  });
  if (chain[0] !== undefined && chain[0].subjectAltName === undefined) {
    faults.push('the certificate has no name in its subjectAltName, where newer devices look for it');
  }
  return faults;
}
