import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SmppLink } from '../../../src/adapters/smpp/smpp-link.ts';
import { parseSmppUrl } from '../../../src/adapters/smpp/smpp-url.ts';
import { cleanUp, part, QUICK, smscWith, until } from './link-of-test.ts';
import { LOCALHOST_CERT, LOCALHOST_KEY } from './localhost-certificate.ts';

describe('TLS', () => {
  const secure = { tls: { cert: LOCALHOST_CERT, key: LOCALHOST_KEY } };
  const tlsLink = (port: number, extra: string) => {
    const link = new SmppLink(parseSmppUrl(`ssmpp://test:secret@localhost:${port}?${QUICK}${extra}`));
    cleanUp.push(() => link.close(50));
    return link;
  };

  it('is refused to an SMSC whose certificate nobody vouches for', async () => {
    const smsc = await smscWith(secure);
    const link = tlsLink(smsc.port, '');
    await until(link, 'waiting');
    expect(link.lastFault).toContain('certificate');
    expect(smsc.links).toBe(0);
  });

  it('is spoken with an SMSC whose authority is trusted, and submits over it', async () => {
    const smsc = await smscWith(secure);
    const folder = await mkdtemp(join(tmpdir(), 'smpp-tls-'));
    cleanUp.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'ca.pem'), LOCALHOST_CERT);
    const link = tlsLink(smsc.port, `&caFile=${encodeURIComponent(join(folder, 'ca.pem'))}`);
    await until(link, 'bound');
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it('goes without verification only when told so', async () => {
    const smsc = await smscWith(secure);
    const link = tlsLink(smsc.port, '&verify=false');
    await until(link, 'bound');
  });

  it('with a CA file that cannot be read says which', async () => {
    const smsc = await smscWith(secure);
    const link = tlsLink(smsc.port, '&caFile=/does/not/exist.pem');
    await until(link, 'waiting');
    expect(link.lastFault).toContain('/does/not/exist.pem');
  });

  it('with a peer that speaks plain SMPP does not come about', async () => {
    const smsc = await smscWith();
    const link = tlsLink(smsc.port, '&verify=false');
    await until(link, 'waiting');
    expect(smsc.links).toBe(0);
  });
});
