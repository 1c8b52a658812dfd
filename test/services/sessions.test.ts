import { describe, expect, it } from 'vitest';
import type { LoggedMessage } from '../../src/services/ports/session-store.ts';
import { Sessions } from '../../src/services/sessions.ts';
import { explainStatus } from '../../src/syncml/status-codes.ts';
import { type Element, element } from '../../src/wire/element.ts';
import { encodeWbxml } from '../../src/wire/wbxml/encode-wbxml.ts';
import { MemorySessionLog } from '../fakes/memory-session-log.ts';

const ID = '01980000-0000-7000-8000-000000000001';
const AT = new Date('2026-01-31T12:00:00Z');
const NS = 'SYNCML:SYNCML1.1';

function message(msgId: string, ...body: Element[]): LoggedMessage {
  const root = element('SyncML', NS, [
    element('SyncHdr', NS, [element('MsgID', NS, [msgId])]),
    element('SyncBody', NS, body),
  ]);
  const masked = encodeWbxml(root, { language: 'syncml-1.1' });
  return { direction: 'device', msgId, encoding: 'wbxml', wireSize: 99, version: '1.1', masked, at: AT };
}

function withMessages(...messages: LoggedMessage[]): Sessions {
  const log = new MemorySessionLog();
  const session = {
    id: ID,
    deviceId: 'IMEI:1',
    dmSessionId: 'A',
    phase: 'closed',
    openedAt: AT,
    lastMessageAt: AT,
    closedAt: AT,
    closeReason: 'completed',
  } as const;
  log.add(session, messages);
  return new Sessions({ sessions: log });
}

describe('reading a session', () => {
  it('shows its messages as indented XML', async () => {
    const { items } = await withMessages(message('1', element('Final', NS))).messages(ID, { limit: 10 });
    expect(items).toEqual([
      {
        direction: 'device',
        msgId: '1',
        encoding: 'wbxml',
        wireSize: 99,
        version: '1.1',
        at: AT,
        xml: [
          '<?xml version="1.0" encoding="UTF-8"?>',
          '<SyncML xmlns="SYNCML:SYNCML1.1">',
          '  <SyncHdr>',
          '    <MsgID>1</MsgID>',
          '  </SyncHdr>',
          '  <SyncBody>',
          '    <Final/>',
          '  </SyncBody>',
          '</SyncML>',
          '',
        ].join('\n'),
        wbxml: expect.any(Uint8Array),
        statuses: [],
      },
    ]);
  });

  it('says what a message answers in plain words, and passes over an answer without a number', async () => {
    const leaf = (name: string, text: string) => element(name, NS, [text]);
    const answered = element('Status', NS, [leaf('Cmd', 'Get'), leaf('TargetRef', './Nowhere'), leaf('Data', '404')]);
    const odd = element('Status', NS, [leaf('Cmd', 'Get'), leaf('Data', 'no number')]);
    const { items } = await withMessages(message('1', answered, odd)).messages(ID, { limit: 10 });
    expect(items[0]?.statuses).toEqual([
      { command: 'Get', locUri: './Nowhere', code: 404, meaning: explainStatus(404) },
    ]);
  });

  it('shows a message whose text XML cannot hold', async () => {
    const odd = message('1', element('Data', NS, ['bell \u0007 end']));
    const { items } = await withMessages(odd, message('2')).messages(ID, { limit: 10 });
    expect(items[0]?.xml).toContain('bell \ufffd end');
    expect(items[1]?.xml).toContain('<MsgID>2</MsgID>');
  });

  it('knows no session of another id', async () => {
    const sessions = withMessages();
    for (const id of ['x', '01980000-0000-7000-8000-000000000002']) {
      await expect(sessions.get(id)).rejects.toMatchObject({ code: 'session-unknown' });
      await expect(sessions.messages(id, { limit: 1 })).rejects.toMatchObject({ code: 'session-unknown' });
    }
  });
});
