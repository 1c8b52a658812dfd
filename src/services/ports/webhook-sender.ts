import type { WebhookOutcome } from '../../domain/webhook.ts';

export interface WebhookSender {
  /**
   * One POST. Never throws. Redirections are not followed: they count as answers.
   * @param body JSON
   */
  send(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal?: AbortSignal,
  ): Promise<WebhookOutcome>;
  /** What keeps an address from being told events at all, in words; undefined: nothing that can be seen from here. */
  refusalOf(url: string): string | undefined;
}
