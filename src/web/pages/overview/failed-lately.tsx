import { Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';

const words = texts.overview;
const SHOWN = '5';

/** The last deliveries that failed, each with why. */
export function FailedLately() {
  const { data } = useQuery({
    queryKey: ['overview', 'failed'],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/deliveries', { params: { query: { state: 'failed', limit: SHOWN } }, signal })),
  });
  return (
    <Panel
      title={words.failed}
      aside={
        <Link to="/deliveries" search={{ state: 'failed' }}>
          {words.allFailed}
        </Link>
      }
    >
      {data === undefined ? (
        <Skeleton h={40} />
      ) : data.items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noneFailed}
        </Text>
      ) : (
        <Stack gap="sm" component="ul" m={0} p={0}>
          {data.items.map(({ id, deviceId, package: { name, revision }, failure, endedAt, createdAt }) => (
            <li key={id} className="plain-item">
              <Group justify="space-between" gap="sm" wrap="nowrap" align="baseline">
                <Text size="sm" truncate>
                  <Link to="/deliveries/$id" params={{ id }}>
                    {texts.deliveries.packageName(name, revision)}
                  </Link>{' '}
                  {words.toDevice(deviceId)}
                </Text>
                <Text size="sm" c="dimmed" flex="none">
                  <Instant at={endedAt ?? createdAt} />
                </Text>
              </Group>
              {failure !== undefined && (
                <Text size="sm" lineClamp={2}>
                  {failure.message}
                </Text>
              )}
            </li>
          ))}
        </Stack>
      )}
    </Panel>
  );
}
