import { Badge, Group, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { audienceQuery } from './queries.ts';

const words = texts.campaigns.wizard;
const PAUSE_MS = 350;

/** How many devices it is about at the moment, and some of them. @param filter absent: all devices */
export function Audience({ filter }: { readonly filter: string | undefined }) {
  const [asked] = useDebouncedValue(filter, PAUSE_MS);
  const { data, error } = useQuery(audienceQuery(asked));
  if (error !== null) return <ProblemAlert problem={error} />;
  if (data === undefined) return null;
  const { count, sample } = data;
  return (
    <Stack gap="xs" aria-live="polite">
      <Text fw={600}>{count.kind === 'exact' ? words.count(count.count) : words.about(count.count)}</Text>
      {sample.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.nobody}
        </Text>
      ) : (
        <Group gap={6}>
          <Text size="sm" c="dimmed">
            {words.sample}
          </Text>
          {sample.map(({ deviceId }) => (
            <Badge key={deviceId} variant="light" color="gray">
              {deviceId}
            </Badge>
          ))}
        </Group>
      )}
    </Stack>
  );
}
