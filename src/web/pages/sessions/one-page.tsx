import { Alert, Badge, Button, Center, Group, List, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { MessageArrow } from './message.tsx';
import { messagesQuery, type Session, sessionQuery } from './queries.ts';
import { SessionEnd } from './session-end.tsx';

const words = texts.sessions;

/** One session: who said what, as arrows between the two. */
export function Page() {
  const { id } = useParams({ from: '/sessions/$id' });
  const query = useQuery(sessionQuery(id));
  const { data } = query;
  if (data === undefined) {
    return (
      <Frame title={words.title}>
        {query.isError ? (
          <ProblemAlert problem={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton h={320} />
        )}
      </Frame>
    );
  }
  const { authFailure, notes = [] } = data;
  return (
    <Frame title={words.one(data.dmSessionId)} hint={<Facts session={data} />}>
      {authFailure !== undefined && (
        <Alert color="red" title={words.auth}>
          {words.authOf[authFailure.side]}: {authFailure.why}
        </Alert>
      )}
      {notes.length > 0 && (
        <Alert color="yellow" title={words.notes}>
          <List size="sm">
            {notes.map((note) => (
              <List.Item key={note}>{note}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Conversation session={data} />
    </Frame>
  );
}

function Facts({ session }: { readonly session: Session }) {
  const { phase, deviceId, openedAt } = session;
  return (
    <Group gap="md" mt={4} component="span">
      <Badge variant="light" color={phase === 'closed' ? 'gray' : 'green'}>
        {words.phases[phase]}
      </Badge>
      <Link to="/devices/$deviceId" params={{ deviceId }}>
        {deviceId}
      </Link>
      <span>
        {words.opened} <Instant at={openedAt} />
      </span>
      {phase === 'closed' && <SessionEnd session={session} />}
    </Group>
  );
}

function Conversation({ session: { id, lastMessageAt, phase, deviceId } }: { readonly session: Session }) {
  const query = useInfiniteQuery(messagesQuery(id));
  const { refetch } = query;
  const known = useRef(lastMessageAt);
  useEffect(() => {
    if (known.current === lastMessageAt) return;
    known.current = lastMessageAt;
    void refetch();
  }, [lastMessageAt, refetch]);
  const messages = query.data?.pages.flatMap(({ items }) => items);
  return (
    <Panel
      title={words.conversation}
      hint={words.conversationHint}
      aside={
        phase !== 'closed' && (
          <Badge variant="dot" color="green">
            {words.live}
          </Badge>
        )
      }
    >
      <ProblemAlert problem={query.error} />
      {messages === undefined ? (
        query.isPending && <Skeleton h={240} />
      ) : messages.length === 0 ? (
        <EmptyState icon="sessions" title={words.noMessages} hint={words.noMessagesHint} />
      ) : (
        <Stack gap="sm">
          <Group justify="space-between" className="lanes-head">
            <Text fw={600} size="sm" truncate maw="45%">
              {words.deviceSide} <span className="mono">{deviceId}</span>
            </Text>
            <Text fw={600} size="sm">
              {words.serverSide}
            </Text>
          </Group>
          <ol className="lanes" aria-live={phase === 'closed' ? 'off' : 'polite'}>
            {messages.map((message, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: messages only come at the end
              <MessageArrow key={place} message={message} />
            ))}
          </ol>
        </Stack>
      )}
      {query.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {texts.shell.actions.more}
          </Button>
        </Center>
      )}
    </Panel>
  );
}
