import { describe, expect, it } from 'vitest';
import { promMetrics } from '../../../src/adapters/metrics/prom-metrics.ts';

describe('metrics', () => {
  it('counts what the ports are told, durations in seconds', async () => {
    const { session, push, http, purge, webhook, render } = promMetrics({ processMetrics: false });
    session.messageHandled('answered', 'wbxml', 12);
    session.messageHandled('answered', 'xml', 3);
    session.sessionOpened();
    session.sessionClosed('completed');
    session.deliveryEnded('succeeded');
    push.partSubmitted('one', { kind: 'accepted', messageId: 'm' }, 30);
    push.partSubmitted('two', { kind: 'refused', commandStatus: 0x58 }, 30);
    push.partSubmitted('two', { kind: 'uncertain', reason: 'x' }, 30);
    push.incomingStored('one');
    push.retriggered(2);
    purge.purged('sessions', 3);
    webhook.attempted('refused');
    push.pushDecided('sent');
    push.receiptStored('one', 'delivered');
    http.requestHandled('/api/v1/devices', 'GET', 200, 7);
    http.requestHandled('none', 'PROPFIND', 404, 1);
    const { contentType, text } = await render();
    expect(contentType).toMatch(/^text\/plain/);
    for (const line of [
      'omadm_dm_messages_total{outcome="answered",encoding="wbxml"} 1',
      'omadm_dm_message_duration_seconds_sum{outcome="answered"} 0.015',
      'omadm_sessions_opened_total 1',
      'omadm_sessions_closed_total{reason="completed"} 1',
      'omadm_deliveries_ended_total{state="succeeded"} 1',
      'omadm_sms_parts_total{link="one",outcome="accepted",status="ESME_ROK"} 1',
      'omadm_sms_parts_total{link="two",outcome="refused",status="ESME_RTHROTTLED"} 1',
      'omadm_sms_parts_total{link="two",outcome="uncertain",status="none"} 1',
      'omadm_sms_throttled_total{link="two"} 1',
      'omadm_sms_incoming_total{link="one"} 1',
      'omadm_retriggers_total 2',
      'omadm_purged_total{kind="sessions"} 3',
      'omadm_webhook_attempts_total{result="refused"} 1',
      'omadm_sms_submit_duration_seconds_bucket{le="0.05",link="one",outcome="accepted"} 1',
      'omadm_push_attempts_total{state="sent"} 1',
      'omadm_sms_receipts_total{link="one",state="delivered"} 1',
      'omadm_http_request_duration_seconds_count{route="/api/v1/devices",method="GET",status="200"} 1',
      'omadm_http_request_duration_seconds_count{route="none",method="other",status="404"} 1',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('asks for what waits and how the links are doing, whenever it is read', async () => {
    const { watch, render } = promMetrics({ processMetrics: false });
    const links = [
      {
        name: 'one',
        binds: [
          { role: 'transmitter', state: 'bound' as const },
          { role: 'transmitter', state: 'bound' as const },
          { role: 'receiver', state: 'waiting' as const },
        ],
        unanswered: 3,
        window: 20,
        pushes: 7,
        pacePerSecond: 40,
      },
    ];
    const now = () => new Date(20_000);
    let away = false;
    const depth = async () => {
      if (away) throw new Error('the database is away');
      return [
        { lane: '', queued: 3, sending: 2, oldestDueAt: new Date(19_000) },
        { lane: '-', queued: 1, sending: 0 },
        { lane: 'one', queued: 1, sending: 0, oldestDueAt: new Date(12_500) },
      ];
    };
    watch({ links: () => links, depth, now });
    const { text } = await render();
    for (const line of [
      'omadm_smpp_binds{link="one",role="transmitter",state="bound"} 2',
      'omadm_smpp_binds{link="one",role="receiver",state="waiting"} 1',
      'omadm_smpp_window_used{link="one"} 3',
      'omadm_smpp_window_size{link="one"} 20',
      'omadm_smpp_pace_per_second{link="one"} 40',
      'omadm_push_queue{state="queued"} 5',
      'omadm_push_queue{state="sending"} 2',
      'omadm_push_queue_oldest_seconds 7.5',
      'omadm_smpp_pushes_held{link="one"} 7',
      'omadm_push_lane_queue{links="any",state="sending"} 2',
      'omadm_push_lane_queue{links="none",state="queued"} 1',
      'omadm_push_lane_queue{links="one",state="queued"} 1',
      'omadm_push_lane_oldest_seconds{links="one"} 7.5',
    ]) {
      expect(text).toContain(line);
    }
    away = true;
    const later = (await render()).text;
    expect(later).toContain('omadm_smpp_window_used{link="one"} 3');
    expect(later).not.toMatch(/omadm_push(_lane)?_queue\{/);
  });

  it('shows the one state the link is in', async () => {
    const { push, render } = promMetrics({ processMetrics: false });
    push.linkChanged('one', 'connecting');
    push.linkChanged('one', 'bound');
    const { text } = await render();
    expect(text).toContain('omadm_smpp_link_state{link="one",state="bound"} 1');
    expect(text).toContain('omadm_smpp_link_state{link="one",state="connecting"} 0');
  });

  it('keeps two servers in one process apart, process metrics and all', async () => {
    const one = promMetrics();
    const two = promMetrics();
    one.session.sessionOpened();
    expect((await two.render()).text).toContain('omadm_sessions_opened_total 0');
    expect((await one.render()).text).toContain('process_cpu_user_seconds_total');
  });
});
