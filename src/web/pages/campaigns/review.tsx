import { Alert, Button, Code, Group, List, NumberInput, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ifMatch } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { useMay, useMe } from '../../api/session.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { isAuthor } from './actions.tsx';
import type { Campaign } from './campaign-types.ts';
import { forecastQuery } from './queries.ts';

const words = texts.campaigns.one;
const FACTS = ['targets', 'devices', 'unknown', 'withoutMsisdn'] as const;

/** What the start would find. It is started for as many devices as are shown; whoever means all of them types how many. */
export function Review({ campaign }: { readonly campaign: Campaign }) {
  const { id, name, needsApproval, approvedAt, startAt, version } = campaign;
  const may = useMay('operator');
  const me = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(forecastQuery(id));
  const [isAsked, setAsked] = useState(false);
  const asks = isAsked || data?.needsConfirmation === true;
  const { form, submit, isSending, problem, clearProblem } = useApiForm({
    initialValues: { confirmCount: '' as number | string },
    fieldOf: { 'confirmation-needed': 'confirmCount' },
    send: async ({ confirmCount }) => {
      const counted = data?.kind === 'exact' ? data.targets : undefined;
      const known = asks ? confirmCount : counted;
      const body = known === undefined || known === '' ? {} : { confirmCount: Number(known) };
      try {
        // Only what is on the page is started.
        await api.POST('/api/v1/campaigns/{id}/start', {
          params: { path: { id }, header: ifMatch({ etag: `"${version}"` }) },
          body,
        });
      } catch (fault) {
        if (isProblem(fault, 'confirmation-needed')) {
          // What was an estimate is counted at the start: then it is known to be all of them, or none.
          setAsked(true);
          void refetch();
        }
        throw fault;
      }
      toast(words.startedToast(name));
      await queries.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
  if (error !== null) return <ProblemAlert problem={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton h={160} />;
  const waitsForApproval = needsApproval && approvedAt === undefined;
  const isLater = startAt !== undefined && Date.parse(startAt) > Date.now();
  const facts = FACTS.filter((fact) => data[fact] > 0 || fact === 'targets' || fact === 'devices');
  const reload = (): void => {
    clearProblem();
    void queries.invalidateQueries({ queryKey: ['campaigns', id] });
  };
  return (
    <Panel title={words.review} hint={words.reviewHint}>
      <Stack>
        <SimpleGrid cols={{ base: 2, md: 4 }}>
          {facts.map((fact) => (
            <div key={fact}>
              <div className="number">{words.factOf(data[fact], data.kind === 'estimate')}</div>
              <Text size="xs" c="dimmed">
                {words.facts[fact]}
              </Text>
            </div>
          ))}
        </SimpleGrid>
        {data.isReady && !waitsForApproval && <Alert color="green" icon={<Icon name="check" />} title={words.ready} />}
        {!data.isReady && (
          <Alert color="red" icon={<Icon name="alert" />} title={words.faults(data.faults.length)}>
            <List size="sm">
              {data.faults.map(({ pointer, detail }) => (
                <List.Item key={`${pointer} ${detail}`}>
                  <Code>{pointer}</Code> {detail}
                </List.Item>
              ))}
            </List>
            {may && (
              <Button
                mt="sm"
                size="compact-sm"
                variant="default"
                onClick={() => void navigate({ to: '/campaigns/$id/edit', params: { id } })}
              >
                {words.edit}
              </Button>
            )}
          </Alert>
        )}
        {waitsForApproval && (
          <Alert color="yellow" icon={<Icon name="clock" />}>
            {isAuthor(campaign, me.id) ? words.ownApproval : words.needsApproval}
          </Alert>
        )}
        {needsApproval && !waitsForApproval && (
          <Alert color="green" icon={<Icon name="check" />} title={words.approved} />
        )}
        <ProblemAlert problem={problem} onReload={reload} />
        {may && !waitsForApproval && (
          <form onSubmit={submit} noValidate>
            <Group align="flex-start">
              {asks && (
                <NumberInput
                  label={words.confirm}
                  description={words.confirmHint(data.targets)}
                  inputWrapperOrder={['label', 'input', 'description', 'error']}
                  hideControls
                  {...form.getInputProps('confirmCount')}
                />
              )}
              <Button
                type="submit"
                mt={asks ? 25 : 0}
                disabled={!data.isReady}
                loading={isSending}
                leftSection={<Icon name={isLater ? 'clock' : 'play'} size={16} />}
              >
                {isLater
                  ? words.schedule
                  : asks || data.kind === 'estimate'
                    ? words.start
                    : words.startFor(data.targets)}
              </Button>
            </Group>
          </form>
        )}
      </Stack>
    </Panel>
  );
}
