import pg from 'pg';

export interface Listening {
  close(): Promise<void>;
}

const RETRY_MS = 1_000;

/**
 * Calls back when somebody notifies on that channel, on a connection of its own that is made again when it breaks. What
 * is notified meanwhile is lost, so it also calls back whenever it has just begun to listen.
 * @param options how the pool connects
 */
export function listen(options: pg.ClientConfig, channel: string, onNotified: () => void): Listening {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const retry = (broken: pg.Client): void => {
    if (closed || client !== broken) return;
    client = undefined;
    broken.end().catch(() => {});
    timer = setTimeout(connect, RETRY_MS);
    timer.unref();
  };
  const connect = (): void => {
    const fresh = new pg.Client({ ...options, application_name: 'omadm-listen' });
    client = fresh;
    fresh.on('error', () => retry(fresh));
    fresh.on('end', () => retry(fresh));
    fresh.on('notification', onNotified);
    fresh
      .connect()
      .then(() => fresh.query(`LISTEN ${pg.escapeIdentifier(channel)}`))
      .then(onNotified)
      .catch(() => retry(fresh));
  };
  connect();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
