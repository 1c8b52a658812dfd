import { Badge, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import type { Session } from './queries.ts';

const words = texts.deliveries;

/** The sessions in which it may have been carried out, each leading to what was said. */
export function SessionsOf({
  sessions,
  deviceId,
}: {
  readonly sessions: readonly Session[];
  readonly deviceId: string;
}) {
  return (
    <Panel
      title={words.sessions}
      hint={words.sessionsHint}
      aside={
        <Link to="/sessions" search={{ deviceId }}>
          {words.allSessions}
        </Link>
      }
    >
      {sessions.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noSessions}
        </Text>
      ) : (
        <Stack component="ul" gap="sm" m={0} p={0}>
          {sessions.map((session) => (
            <Group key={session.id} component="li" gap="md" className="plain-item">
              <Link to="/sessions/$id" params={{ id: session.id }}>
                {texts.sessions.one(session.dmSessionId)}
              </Link>
              <Badge variant="light" color={colourOf(session)}>
                {stateOf(session)}
              </Badge>
              <Text size="sm" component="span">
                <Instant at={session.openedAt} />
              </Text>
              {session.authFailure !== undefined && (
                <Text size="sm" c="var(--mantine-color-error)">
                  {session.authFailure.why}
                </Text>
              )}
            </Group>
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function colourOf({ phase, closeReason }: Session): string {
  if (phase !== 'closed') return 'cyan';
  return closeReason === 'completed' ? 'green' : 'red';
}

function stateOf({ phase, closeReason = '', authFailure }: Session): string {
  if (phase !== 'closed') return texts.sessions.open;
  return authFailure !== undefined ? texts.sessions.auth : (texts.sessions.reasons[closeReason] ?? closeReason);
}
