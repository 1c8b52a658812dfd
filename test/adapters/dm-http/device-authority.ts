import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate, type SubjectAltNameEntry } from 'selfsigned';

export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority for device certificates, its own certificate in a file. Keys on a curve: they are made at once. */
export class DeviceAuthority {
  readonly caFile: string;
  readonly #pair: ClientCertificate;

  private constructor(caFile: string, pair: ClientCertificate) {
    this.caFile = caFile;
    this.#pair = pair;
  }

  static async create(folder: string, name: string): Promise<DeviceAuthority> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, digitalSignature: true },
      ],
    });
    mkdirSync(folder, { recursive: true });
    const caFile = join(folder, `${name}.ca.crt`);
    writeFileSync(caFile, cert);
    return new DeviceAuthority(caFile, { cert, key });
  }

  /** An authority that this one vouches for. */
  async delegate(folder: string, name: string): Promise<DeviceAuthority> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: this.#pair,
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, digitalSignature: true },
      ],
    });
    const caFile = join(folder, `${name}.ca.crt`);
    writeFileSync(caFile, cert);
    return new DeviceAuthority(caFile, { cert, key });
  }

  /** @param use what the certificate is for; a device's is for clients */
  async issue(
    commonName: string,
    {
      uris = [],
      use = 'client',
      expired = false,
    }: { readonly uris?: readonly string[]; readonly use?: 'client' | 'server'; readonly expired?: boolean } = {},
  ): Promise<ClientCertificate> {
    const altNames: SubjectAltNameEntry[] = [
      { type: 2, value: 'device.example' },
      ...uris.map((value) => ({ type: 6, value }) as const),
    ];
    const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: this.#pair,
      ...(expired && { notBeforeDate: new Date('2020-01-01'), notAfterDate: new Date('2021-01-01') }),
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'extKeyUsage', clientAuth: use === 'client', serverAuth: use === 'server' },
        { name: 'subjectAltName', altNames },
      ],
    });
    return { cert, key };
  }
}
