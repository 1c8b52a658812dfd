import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { element } from '../../../src/wire/element.ts';
import { encodeWbxml } from '../../../src/wire/wbxml/encode-wbxml.ts';
import { RestHarness } from './rest-harness.ts';

const AT = new Date('2026-01-31T12:00:00Z');
const OPEN_ID = '01980000-0000-7000-8000-00000000000a';
const CLOSED_ID = '01980000-0000-7000-8000-00000000000b';

describe('sessions over REST', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
    const masked = encodeWbxml(element('SyncML', 'SYNCML:SYNCML1.1'), { language: 'syncml-1.1' });
    const said = { encoding: 'wbxml', wireSize: 40, version: '1.1', masked, at: AT } as const;
    api.sessions.add(
      {
        id: CLOSED_ID,
        deviceId: 'IMEI:1',
        dmSessionId: '1',
        phase: 'closed',
        openedAt: AT,
        lastMessageAt: AT,
        closedAt: AT,
        closeReason: 'completed',
        notes: ['a Status for Get without a status code is passed over'],
      },
      [
        { ...said, direction: 'device', msgId: '1' },
        { ...said, direction: 'server', msgId: '1' },
        { ...said, direction: 'device', msgId: '2' },
      ],
    );
    api.sessions.add({
      id: OPEN_ID,
      deviceId: 'IMEI:2',
      dmSessionId: 'FF',
      phase: 'managing',
      openedAt: AT,
      lastMessageAt: AT,
    });
  });
  afterEach(() => api.stop());

  it('lists sessions by device and by whether they are open', async () => {
    const ids = async (query: string) =>
      (await api.get(`/api/v1/sessions${query}`)).json.items.map(({ id }: { id: string }) => id);
    expect(await ids('')).toEqual([OPEN_ID, CLOSED_ID]);
    expect(await ids('?deviceId=IMEI%3A1')).toEqual([CLOSED_ID]);
    expect(await ids('?open=true')).toEqual([OPEN_ID]);
    expect(await ids('?open=false')).toEqual([CLOSED_ID]);
    expect((await api.get('/api/v1/sessions?open=maybe')).status).toBe(400);
  });

  it('shows whose credentials did not do, of which kind and why', async () => {
    const authFailure = { side: 'device', kind: 'md5', why: 'the digest is wrong' } as const;
    const id = '01980000-0000-7000-8000-00000000000c';
    const times = { openedAt: AT, lastMessageAt: AT, closedAt: AT };
    const closeReason = 'client-not-authenticated';
    api.sessions.add({ id, deviceId: 'IMEI:3', dmSessionId: '1', phase: 'closed', ...times, closeReason, authFailure });
    expect((await api.get(`/api/v1/sessions/${id}`)).json).toMatchObject({ closeReason, authFailure });
    expect((await api.get('/api/v1/sessions?deviceId=IMEI%3A3')).json.items).toMatchObject([{ authFailure }]);
  });

  it('shows one session', async () => {
    expect((await api.get(`/api/v1/sessions/${CLOSED_ID}`)).json).toEqual({
      id: CLOSED_ID,
      deviceId: 'IMEI:1',
      dmSessionId: '1',
      phase: 'closed',
      openedAt: '2026-01-31T12:00:00.000Z',
      lastMessageAt: '2026-01-31T12:00:00.000Z',
      closedAt: '2026-01-31T12:00:00.000Z',
      closeReason: 'completed',
      notes: ['a Status for Get without a status code is passed over'],
    });
  });

  it('shows what was said page by page, oldest first', async () => {
    const first = await api.get(`/api/v1/sessions/${CLOSED_ID}/messages?limit=2`);
    expect(first.json.items.map(({ direction }: { direction: string }) => direction)).toEqual(['device', 'server']);
    expect(first.json.items[0]).toMatchObject({
      msgId: '1',
      encoding: 'wbxml',
      xml: expect.stringContaining('<SyncML'),
    });
    const second = await api.get(`/api/v1/sessions/${CLOSED_ID}/messages?limit=2&cursor=${first.json.nextCursor}`);
    expect(second.json.items.map(({ msgId }: { msgId: string }) => msgId)).toEqual(['2']);
  });

  it('knows no session of another id', async () => {
    for (const path of ['/api/v1/sessions/x', '/api/v1/sessions/x/messages']) {
      expect((await api.get(path)).json).toMatchObject({ status: 404, code: 'session-unknown' });
    }
  });
});
