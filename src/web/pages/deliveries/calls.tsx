import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { toastFault } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { linksQuery, type Push } from './queries.ts';

const words = texts.deliveries;

const COLOURS = {
  queued: 'gray',
  sending: 'cyan',
  sent: 'brand',
  delivered: 'green',
  failed: 'red',
  expired: 'orange',
  cancelled: 'gray',
} as const satisfies Readonly<Record<Push['state'], string>>;

/** The short messages that ask the device to open a session: over which link they went, and what the SMS centre told of each. */
export function Calls({ calls }: { readonly calls: readonly Push[] }) {
  const { data: links } = useQuery(linksQuery);
  const queries = useQueryClient();
  const may = useMay('operator');
  const cancel = async (id: string): Promise<void> => {
    try {
      await api.POST('/api/v1/pushes/{id}/cancel', { params: { path: { id } } });
      await queries.invalidateQueries({ queryKey: ['pushes'] });
    } catch (error) {
      toastFault(error);
    }
  };
  const nameOf = (linkId: string): string => links?.items.find(({ id }) => id === linkId)?.name ?? linkId;
  return (
    <Panel title={words.pushes} hint={words.pushesHint}>
      <Stack component="ul" gap="sm" m={0} p={0}>
        {calls.map((call) => (
          <Group key={call.id} component="li" gap="md" align="flex-start" className="plain-item">
            <Badge variant="light" color={COLOURS[call.state]}>
              {words.pushStates[call.state]}
            </Badge>
            <Stack gap={2} className="grow">
              <Text size="sm">
                {words.callTo(call.destination)}
                {call.linkId !== undefined && (
                  <>
                    {' '}
                    {words.over} <Link to="/links">{nameOf(call.linkId)}</Link>
                  </>
                )}
              </Text>
              <Text size="xs" c="dimmed" component="div">
                {words.priority(call.priority)} · {words.attemptsOf(call.attempts)} · <Instant at={call.updatedAt} />
              </Text>
              {call.parts.map(({ part, messageId, receipt }) => (
                <Text key={part} size="xs" c="dimmed" className="breaks-anywhere">
                  {words.part(part + 1, call.partCount ?? call.parts.length)} <span className="mono">{messageId}</span>{' '}
                  · {receipt === undefined ? words.noReceipt : words.receipt(receipt)}
                </Text>
              ))}
              {call.reason !== undefined && (
                <Text size="sm" c="var(--mantine-color-error)">
                  {call.reason}
                </Text>
              )}
            </Stack>
            {may && call.state === 'queued' && (
              <Button size="compact-sm" variant="default" onClick={() => void cancel(call.id)}>
                {words.cancelCall}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
