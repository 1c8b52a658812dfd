import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Names and values, one below the other. */
export function Facts({ facts }: { readonly facts: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([label, value]) => (
        <div key={label} className="fact">
          <dt>{label}</dt>
          <dd>
            {value === undefined || value === false ? (
              <Text span c="dimmed">
                –
              </Text>
            ) : (
              value
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
