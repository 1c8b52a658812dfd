import { Badge, Button, Group, Modal, SimpleGrid, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { api, ifMatch } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import { isProblem } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { AccountTab } from './account-tab.tsx';
import { EditForm } from './edit-form.tsx';
import { Facts } from './facts.tsx';
import { HistoryTab } from './history-tab.tsx';
import { type Device, deviceQuery, timelineQuery } from './queries.ts';
import { Entry } from './timeline-entry.tsx';
import { TreeTab } from './tree-tab.tsx';

const words = texts.devices.one;
const TABS = Object.keys(words.tabs) as (keyof typeof words.tabs)[];

/** One device: what it is, its tree, what was done with it, its credentials. */
export function Page() {
  const { deviceId } = useParams({ from: '/devices/$deviceId' });
  const { tab = 'overview' } = useSearch({ from: '/devices/$deviceId' });
  const navigate = useNavigate({ from: '/devices/$deviceId' });
  const queries = useQueryClient();
  const mayChange = useMay('operator');
  const [isRemoving, removing] = useDisclosure(false);
  const [isEditing, editing] = useDisclosure(false);
  const query = useQuery(deviceQuery(deviceId));
  useLive(
    ['delivery.*', 'device.*'],
    [
      ['devices', 'one', deviceId],
      ['timeline', deviceId],
      ['tree', deviceId],
    ],
  );
  const tagged = query.data;
  if (tagged === undefined) {
    return (
      <Frame title={deviceId}>
        {query.isError ? (
          <ProblemAlert problem={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton h={320} />
        )}
      </Frame>
    );
  }
  const device = tagged.value;
  const { man, mod } = device.devInfo;
  return (
    <Frame
      title={deviceId}
      hint={
        <>
          {[man, mod].some(Boolean) && `${[man, mod].filter(Boolean).join(' ')} · `}
          {texts.devices.lastSeen} <Instant at={device.lastSeenAt} />
        </>
      }
      actions={
        mayChange && (
          <>
            <Button variant="default" leftSection={<Icon name="edit" size={16} />} onClick={editing.open}>
              {words.edit}
            </Button>
            <Button variant="subtle" color="red" onClick={removing.open}>
              {words.remove}
            </Button>
          </>
        )
      }
    >
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) => void navigate({ search: { tab: next === 'overview' ? undefined : (next ?? undefined) } })}
      >
        <Tabs.List mb="md">
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {words.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Overview device={device} />
        </Tabs.Panel>
        <Tabs.Panel value="tree">
          <TreeTab deviceId={deviceId} canBeCalled={device.msisdn !== undefined} />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <HistoryTab deviceId={deviceId} />
        </Tabs.Panel>
        <Tabs.Panel value="account">
          <AccountTab tagged={tagged} />
        </Tabs.Panel>
      </Tabs>
      <Modal
        opened={isEditing}
        onClose={editing.close}
        title={words.editTitle(deviceId)}
        size="lg"
        closeButtonProps={{ 'aria-label': texts.shell.actions.close }}
      >
        <EditForm
          device={tagged}
          onDone={() => {
            editing.close();
            toast(words.changed);
          }}
        />
      </Modal>
      <Confirm
        opened={isRemoving}
        onClose={removing.close}
        title={words.removeTitle(deviceId)}
        hint={words.removeHint}
        action={words.remove}
        run={async () => {
          const params = { path: { deviceId }, header: ifMatch(tagged) };
          try {
            await api.DELETE('/api/v1/devices/{deviceId}', { params });
          } catch (error) {
            // What it is now stands on the page behind, and counts from the next try on.
            if (isProblem(error, 'version-stale')) await query.refetch();
            throw error;
          }
          toast(words.removed(deviceId));
          await navigate({ to: '/devices' });
          await queries.invalidateQueries({ queryKey: ['devices'] });
        }}
      />
    </Frame>
  );
}

function Overview({ device }: { readonly device: Device }) {
  const { deviceId, devInfo, msisdn, imsi, timeZone, tags, attributes, createdAt } = device;
  const { form } = texts.devices;
  const hasSaid = Object.keys(devInfo).length > 0;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Stack>
        <Panel title={words.facts}>
          <Facts
            facts={[
              [form.msisdn, msisdn],
              [form.imsi, imsi],
              [words.timeZone, timeZone],
              [
                form.tags,
                tags.length > 0 && (
                  <Group key="tags" gap={4} component="span">
                    {tags.map((tag) => (
                      <Badge key={tag} size="sm" variant="light" color="gray">
                        {tag}
                      </Badge>
                    ))}
                  </Group>
                ),
              ],
              [texts.devices.registered, <Instant key="at" at={createdAt} />],
            ]}
          />
        </Panel>
        {Object.keys(attributes).length > 0 && (
          <Panel title={words.attributes}>
            <Facts facts={Object.entries(attributes)} />
          </Panel>
        )}
      </Stack>
      <Stack>
        <Panel title={words.says} hint={words.saysHint}>
          {hasSaid ? (
            <Facts
              facts={(['man', 'mod', 'fwV', 'dmV', 'lang', 'devId'] as const).map((name) => [
                words[name],
                devInfo[name],
              ])}
            />
          ) : (
            <Stack gap="xs" align="flex-start">
              <Text size="sm" c="dimmed">
                {words.nothingSaid}
              </Text>
              <Link to="/packages">{words.send}</Link>
            </Stack>
          )}
        </Panel>
        <Latest deviceId={deviceId} />
      </Stack>
    </SimpleGrid>
  );
}

/** The newest of its history. */
function Latest({ deviceId }: { readonly deviceId: string }) {
  const { data } = useInfiniteQuery(timelineQuery(deviceId, undefined, '5'));
  const entries = data?.pages[0]?.items ?? [];
  if (entries.length === 0) return null;
  return (
    <Panel
      title={texts.devices.history.latest}
      aside={
        <Link to="/devices/$deviceId" params={{ deviceId }} search={{ tab: 'history' }}>
          {texts.devices.history.more}
        </Link>
      }
    >
      <ol className="timeline">
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} deviceId={deviceId} />
        ))}
      </ol>
    </Panel>
  );
}
