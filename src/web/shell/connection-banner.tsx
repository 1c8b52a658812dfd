import { Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useConnectionLost } from '../api/connection.ts';
import { Icon } from '../parts/icon.tsx';
import { toast } from '../parts/toast.ts';
import { texts } from '../texts.ts';

const { connection } = texts.shell;

/** Says that the server is away for as long as it is, and that it is back. */
export function ConnectionBanner() {
  const isLost = useConnectionLost();
  const wasLost = useRef(false);
  useEffect(() => {
    if (wasLost.current && !isLost) toast(connection.back);
    wasLost.current = isLost;
  }, [isLost]);
  return (
    <div role="status">
      {isLost && (
        <div className="banner surface">
          <Icon name="alert" />
          <Text size="sm">
            <strong>{connection.lost}</strong> {connection.lostHint}
          </Text>
        </div>
      )}
    </div>
  );
}
