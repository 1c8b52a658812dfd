import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePushDocument } from '../../src/provisioning/push/push-document.ts';
import { attachHandset } from '../../src/simulators/smsc/attach-handset.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { pushMacKey, verifyBootstrapMac } from '../../src/wire/wap/push-mac.ts';
import { NOTHING_WAITING, type ReassembledSms, reassemble } from '../../src/wire/wap/reassemble.ts';
import { decodeWspPush, WSP_MEDIA, WSP_PARAMETER } from '../../src/wire/wap/wsp-push.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { FULL_SETTINGS } from '../provisioning/ota-samples.ts';
import { type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';

const WAIT = { timeout: 30_000, interval: 50 };
const SECRET = { imsi: '262011234567890', userPin: '1234' };

let smsc: Smsc;
let server: ServerUnderTest;
beforeAll(async () => {
  smsc = await startSmsc();
  server = await startServerUnderTest({ SMPP_URL: `smpp://test:test@127.0.0.1:${smsc.port}` });
});
afterAll(async () => {
  await server?.stop();
  await smsc?.close();
});

/** A handset that puts short messages together. */
async function handset(msisdn: string): Promise<{ readonly received: ReassembledSms[]; close(): Promise<void> }> {
  let state = NOTHING_WAITING;
  const received: ReassembledSms[] = [];
  const { close } = await attachHandset({
    host: smsc.host,
    port: smsc.port,
    msisdn,
    onMessage: (udh, body) => {
      const step = reassemble(state, { udh, body, sender: 'smsc' }, 0);
      state = step.state;
      if (step.message !== undefined) received.push(step.message);
    },
  });
  return { received, close };
}

interface Preview {
  readonly xml: string;
  readonly wbxmlHex: string;
  readonly parts: number;
}
interface Started {
  readonly id: string;
  readonly recipients: readonly { readonly recipient: string; readonly pushId?: string; readonly parts?: number }[];
}
interface Report {
  readonly states: Readonly<Record<string, number>>;
  readonly recipients: readonly { readonly recipient: string; readonly state?: string; readonly refused?: string }[];
}

describe('settings sent to a list', () => {
  it('arrive at each phone in parts, signed for it, and are what the preview showed', async () => {
    const numbers = ['4366412345', '4366412346'];
    const phones = await Promise.all(numbers.map(handset));
    const security = { type: 'USERNETWPIN' };
    const preview = await server.api.post<Preview>('/api/v1/ota/preview', { settings: FULL_SETTINGS, security });
    expect(preview.parts).toBeGreaterThan(10);
    const started = await server.api.post<Started>('/api/v1/ota', {
      settings: FULL_SETTINGS,
      recipients: `msisdn,imsi,pin\n${numbers[0]},${SECRET.imsi},${SECRET.userPin}\nnobody,,\n${numbers[1]},,262019:77\n`,
      security,
    });
    expect(started.recipients.map(({ parts }) => parts)).toEqual([preview.parts, undefined, preview.parts]);

    for (const [index, secret] of [SECRET, { imsi: '262019', userPin: '77' }].entries()) {
      const received = phones[index]?.received ?? [];
      await expect.poll(() => received.length, WAIT).toBe(1);
      const [message] = received;
      expect(message?.ports).toEqual({ destination: 2948, source: 2948 });
      const { contentType, body } = decodeWspPush(message?.payload ?? new Uint8Array());
      expect(contentType.media).toBe(WSP_MEDIA.connectivityWbxml);
      const parameter = (name: number) => contentType.parameters.find((one) => one.name === name)?.value;
      expect(parameter(WSP_PARAMETER.sec)).toBe(2);
      const mac = String(parameter(WSP_PARAMETER.mac));
      expect(verifyBootstrapMac(mac, pushMacKey('userNetwPin', secret), body)).toBe(true);
      expect(Buffer.from(body).toString('hex')).toBe(preview.wbxmlHex);
      expect(encodeXml(decodePushDocument('provisioning', body).root, { indent: true })).toBe(preview.xml);
    }

    await expect
      .poll(async () => (await server.api.get<Report>(`/api/v1/ota/${started.id}`)).states, WAIT)
      .toEqual({ delivered: 2 });
    const { recipients } = await server.api.get<Report>(`/api/v1/ota/${started.id}`);
    expect(recipients.map(({ recipient, state }) => [recipient, state])).toEqual([
      [numbers[0], 'delivered'],
      ['nobody', undefined],
      [numbers[1], 'delivered'],
    ]);
    for (const phone of phones) await phone.close();
  });
});
