import { Text } from '@mantine/core';
import { texts } from '../../texts.ts';
import type { Session } from './queries.ts';

const words = texts.sessions;

/** How a session ended, or that it has not. */
export function SessionEnd({ session: { phase, closeReason, authFailure } }: { readonly session: Session }) {
  if (phase !== 'closed') return <Text size="sm">{words.open}</Text>;
  return (
    <Text size="sm" {...(closeReason !== 'completed' && { c: 'var(--mantine-color-error)' })}>
      {authFailure !== undefined ? words.auth : (words.reasons[closeReason ?? ''] ?? closeReason)}
    </Text>
  );
}
