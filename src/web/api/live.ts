import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** However fast things happen, what shows them is read again no more often than this. */
const AGAIN_MS = 1_000;

/**
 * Reads queries again when the server tells of something they show (server-sent events).
 * @param kinds of events, e.g. `campaign.*`
 * @returns whether the server tells; while it does not, ask now and then with `refetchInterval`
 */
export function useLive(kinds: readonly string[], keys: readonly QueryKey[]): boolean {
  const queries = useQueryClient();
  const [isLive, setLive] = useState(false);
  const wanted = kinds.join(',');
  const shown = JSON.stringify(keys);
  useEffect(() => {
    const source = new EventSource(`/api/v1/events?${new URLSearchParams({ kind: wanted })}`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    source.onopen = () => setLive(true);
    source.onerror = () => setLive(false);
    source.onmessage = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        for (const queryKey of JSON.parse(shown) as QueryKey[]) void queries.invalidateQueries({ queryKey });
      }, AGAIN_MS);
    };
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [queries, wanted, shown]);
  return isLive;
}
