import { describe, expect, it } from 'vitest';
import { promMetrics } from '../../../src/adapters/metrics/prom-metrics.ts';

describe('metrics', () => {
  it('counts what the ports are told, durations in seconds', async () => {
    const { session, push, http, render } = promMetrics({ processMetrics: false });
    session.messageHandled('answered', 'wbxml', 12);
    session.messageHandled('answered', 'xml', 3);
    session.sessionOpened();
    session.sessionClosed('completed');
    session.deliveryEnded('succeeded');
    push.partSubmitted('accepted', 30);
    push.pushDecided('sent');
    push.receiptStored('delivered');
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
      'omadm_sms_parts_total{outcome="accepted"} 1',
      'omadm_sms_submit_duration_seconds_bucket{le="0.05",outcome="accepted"} 1',
      'omadm_push_attempts_total{state="sent"} 1',
      'omadm_sms_receipts_total{state="delivered"} 1',
      'omadm_http_request_duration_seconds_count{route="/api/v1/devices",method="GET",status="200"} 1',
      'omadm_http_request_duration_seconds_count{route="none",method="other",status="404"} 1',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('shows the one state the link is in', async () => {
    const { push, render } = promMetrics({ processMetrics: false });
    push.linkChanged('connecting');
    push.linkChanged('bound');
    const { text } = await render();
    expect(text).toContain('omadm_smpp_link_state{state="bound"} 1');
    expect(text).toContain('omadm_smpp_link_state{state="connecting"} 0');
  });

  it('keeps two servers in one process apart, process metrics and all', async () => {
    const one = promMetrics();
    const two = promMetrics();
    one.session.sessionOpened();
    expect((await two.render()).text).toContain('omadm_sessions_opened_total 0');
    expect((await one.render()).text).toContain('process_cpu_user_seconds_total');
  });
});
