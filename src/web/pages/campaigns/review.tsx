import { Alert, Button, Code, Group, List, NumberInput, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { type Campaign, forecastQuery } from './queries.ts';

const words = texts.campaigns.one;
const FACTS = ['targets', 'devices', 'unknown', 'withoutMsisdn'] as const;

/** What the start would find; it starts once the number of devices has been typed. */
export function Review({ campaign: { id, name, needsApproval, approvedAt } }: { readonly campaign: Campaign }) {
  const may = useMay('operator');
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(forecastQuery(id));
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { confirmCount: '' as number | string },
    fieldOf: { 'confirmation-needed': 'confirmCount' },
    send: async ({ confirmCount }) => {
      const body = confirmCount === '' ? {} : { confirmCount: Number(confirmCount) };
      await api.POST('/api/v1/campaigns/{id}/start', { params: { path: { id } }, body });
      toast(words.startedToast(name));
      await queries.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
  if (error !== null) return <ProblemAlert problem={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton h={160} />;
  return (
    <Panel title={words.review} hint={words.reviewHint}>
      <Stack>
        <SimpleGrid cols={{ base: 2, md: 4 }}>
          {FACTS.map((fact) => (
            <div key={fact}>
              <div className="number">{data[fact].toLocaleString('en')}</div>
              <Text size="xs" c="dimmed">
                {words.facts[fact]}
              </Text>
            </div>
          ))}
        </SimpleGrid>
        {data.isReady ? (
          <Alert color="green" icon={<Icon name="check" />} title={words.ready} />
        ) : (
          <Alert color="red" icon={<Icon name="alert" />} title={words.faults(data.faults.length)}>
            <List size="sm">
              {data.faults.map(({ pointer, detail }) => (
                <List.Item key={`${pointer} ${detail}`}>
                  <Code>{pointer}</Code> {detail}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        {needsApproval && approvedAt === undefined && <Text size="sm">{words.needsApproval}</Text>}
        <ProblemAlert problem={problem} />
        {may && (
          <form onSubmit={submit} noValidate>
            <Group align="flex-end">
              <NumberInput
                label={words.confirm}
                description={words.confirmHint(data.targets)}
                hideControls
                {...form.getInputProps('confirmCount')}
              />
              <Button type="submit" loading={isSending} leftSection={<Icon name="play" size={16} />}>
                {words.start}
              </Button>
            </Group>
          </form>
        )}
      </Stack>
    </Panel>
  );
}
