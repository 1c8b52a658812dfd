import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { DEFAULT_CIPHERS, type SecureContextOptions, type SecureVersion } from 'node:tls';

/** PEM files, and what the listener speaks with them. */
export interface TlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  /** The oldest version that is spoken. */
  readonly minVersion: SecureVersion;
  /** Certificates of the authorities that vouch for devices. Set: the listener asks for a client certificate. */
  readonly clientCaFile?: string;
}

/**
 * Reads the files. Versions before 1.2 sign with SHA-1 and MD5, which OpenSSL takes at security level 0 only; the level
 * then holds for every version, so these are for a listener of their own where other devices can do better. Of the two
 * suites that TLS 1.0 asks for, RSA with AES-128-CBC-SHA is among the default ones; OpenSSL has none with 3DES any more.
 *
 * @throws Error when a file cannot be read, or the file of authorities holds no certificate
 */
export function readTlsFiles({
  certFile,
  keyFile,
  minVersion,
  clientCaFile,
}: TlsSettings): SecureContextOptions & { readonly cert: Buffer } {
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  return {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    minVersion,
    ...(isOld && { ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0` }),
    ...(clientCaFile !== undefined && { ca: readAuthorities(clientCaFile) }),
  };
}

/** A text that changes when a file does. */
export function stampOfFiles({ certFile, keyFile, clientCaFile }: TlsSettings): string {
  return [certFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? 'absent' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    })
    .join();
}

/** TLS takes a file without certificates in silence, and would then vouch for nobody. */
function readAuthorities(file: string): Buffer {
  const pem = readFileSync(file);
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`${file} holds no PEM certificate`, { cause });
  }
  return pem;
}
