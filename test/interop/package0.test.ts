import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildPackage0, parsePackage0, verifyPackage0Digest } from '../../src/wire/wap/package0.ts';
import { segmentSms } from '../../src/wire/wap/segment.ts';
import { decodeUdh } from '../../src/wire/wap/udh.ts';
import { decodeWspPush, encodeWspPush, triggerPush } from '../../src/wire/wap/wsp-push.ts';

// Vectors of two independent builders and the specification's envelope; a missing file fails these tests.
interface Vectors {
  readonly vectors: readonly {
    readonly serverId: string;
    readonly serverPassword: string;
    readonly nonceUtf8: string;
    readonly sessionId: number;
    readonly uiMode: 0 | 1 | 2 | 3;
    readonly initiator: 0 | 1;
    readonly version: string;
    readonly packageHex: string;
  }[];
  readonly envelope: {
    readonly udhHex: string;
    readonly wspHex: string;
    readonly triggerHexAfterDigest: string;
    readonly triggerMeans: { readonly version: string; readonly sessionId: number; readonly serverId: string };
  };
}

const { vectors, envelope } = JSON.parse(
  readFileSync(new URL('../../../shared/fixtures/package0/vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

describe('Package #0 as others make it', () => {
  it.each(vectors)('is built and read alike for server $serverId', ({ packageHex, nonceUtf8, ...input }) => {
    const account = { ...input, nonce: new TextEncoder().encode(nonceUtf8) };
    expect(hex(buildPackage0(account))).toBe(packageHex);
    const octets = Buffer.from(packageHex, 'hex');
    const { serverPassword: _, ...visible } = input;
    expect(parsePackage0(octets)).toMatchObject(visible);
    expect(verifyPackage0Digest(octets, account)).toBe(true);
  });

  it("stands in the envelope of the specification's example", () => {
    const trigger = Buffer.concat([Buffer.alloc(16, 0xd1), Buffer.from(envelope.triggerHexAfterDigest, 'hex')]);
    const [segment] = segmentSms(encodeWspPush(triggerPush(1, trigger)), {
      destinationPort: 2948,
      sourcePort: 0xc002,
      reference: 0,
    });
    expect(hex(segment?.udh ?? new Uint8Array())).toBe(envelope.udhHex);
    expect(hex(segment?.body ?? new Uint8Array())).toBe(envelope.wspHex + trigger.toString('hex'));
    expect(decodeUdh(Buffer.from(envelope.udhHex, 'hex')).ports?.destination).toBe(2948);
    const { version, sessionId, serverId } = envelope.triggerMeans;
    const push = decodeWspPush(segment?.body ?? new Uint8Array());
    expect(parsePackage0(push.body)).toMatchObject({ version, sessionId, serverId, uiMode: 1 });
  });
});
