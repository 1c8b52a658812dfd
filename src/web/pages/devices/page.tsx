import { Badge, Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { isProblem } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { FilterBar } from './filter-bar.tsx';
import { type Device, type DeviceSort, deviceCountQuery, devicesQuery } from './queries.ts';
import { RegisterForm } from './register-form.tsx';
import { TagForm } from './tag-form.tsx';

const words = texts.devices;
const { actions } = texts.shell;
const SHOWN_TAGS = 3;

const COLUMNS: readonly Column<Device>[] = [
  {
    label: words.device,
    render: ({ deviceId, msisdn }) => (
      <div>
        <Link to="/devices/$deviceId" params={{ deviceId }}>
          {deviceId}
        </Link>
        {msisdn !== undefined && (
          <Text size="xs" c="dimmed">
            {msisdn}
          </Text>
        )}
      </div>
    ),
  },
  { label: words.model, render: ({ devInfo: { man, mod } }) => [man, mod].filter(Boolean).join(' ') },
  { label: words.firmware, render: ({ devInfo: { fwV } }) => fwV },
  {
    label: words.tags,
    render: ({ tags }) =>
      tags.length > 0 && (
        <Group gap={4}>
          {tags.slice(0, SHOWN_TAGS).map((tag) => (
            <Badge key={tag} size="sm" variant="light" color="gray">
              {tag}
            </Badge>
          ))}
          {tags.length > SHOWN_TAGS && (
            <Text size="xs" c="dimmed">
              +{tags.length - SHOWN_TAGS}
            </Text>
          )}
        </Group>
      ),
  },
  {
    label: words.account,
    render: ({ dm }) => (
      <Badge size="sm" variant="light" color={dm === undefined ? 'yellow' : 'green'}>
        {dm?.auth ?? words.noAccount}
      </Badge>
    ),
  },
  { label: words.lastSeen, render: ({ lastSeenAt }) => <Instant at={lastSeenAt} /> },
  { label: words.registered, render: ({ createdAt }) => <Instant at={createdAt} /> },
];

/** All devices: filtered, sorted and paged where they are, at the server. */
export function Page() {
  const { filter, sort } = useSearch({ from: '/devices' });
  const navigate = useNavigate({ from: '/devices' });
  const queries = useQueryClient();
  const mayChange = useMay('operator');
  const [isRegistering, registering] = useDisclosure(false);
  const [isTagging, tagging] = useDisclosure(false);
  const query = useInfiniteQuery(
    devicesQuery({ ...(filter !== undefined && { filter }), ...(sort !== undefined && { sort: sort as DeviceSort }) }),
  );
  const count = useQuery(deviceCountQuery(filter));
  const isFilterFaulty = isProblem(query.error, 'filter-invalid');
  const register = mayChange && (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={registering.open}>
      {words.register}
    </Button>
  );
  return (
    <Frame
      title={words.title}
      hint={count.data === undefined ? ' ' : words.count(count.data.count, count.data.kind === 'exact')}
      actions={
        <>
          {register}
          {mayChange && (
            <Button
              variant="default"
              leftSection={<Icon name="upload" size={16} />}
              renderRoot={(props) => <Link to="/devices/import" {...props} />}
            >
              {words.import}
            </Button>
          )}
          <Button
            variant="default"
            leftSection={<Icon name="download" size={16} />}
            component="a"
            href={`/api/v1/devices/export?${new URLSearchParams({ format: 'csv', ...(filter !== undefined && { filter }) })}`}
            download
          >
            {words.export}
          </Button>
        </>
      }
    >
      <Panel p={0}>
        <Stack gap="xs" m="md">
          <FilterBar
            filter={filter}
            problem={query.error}
            onApply={(next) => void navigate({ search: (was) => ({ ...was, filter: next }) })}
          />
          <Group justify="space-between">
            <Select
              aria-label={words.sort.label}
              size="xs"
              w={180}
              allowDeselect={false}
              data={Object.entries(words.sort.choices).map(([value, label]) => ({ value, label }))}
              value={sort ?? 'createdAt:desc'}
              onChange={(next) => void navigate({ search: (was) => ({ ...was, sort: next ?? undefined }) })}
            />
            {mayChange && (
              <Button size="compact-sm" variant="subtle" onClick={tagging.open}>
                {words.tagging.open}
              </Button>
            )}
          </Group>
        </Stack>
        {!isFilterFaulty && (
          <PagedTable
            caption={words.title}
            query={query}
            columns={COLUMNS}
            keyOf={({ deviceId }) => deviceId}
            minWidth={920}
            empty={
              filter === undefined ? (
                <EmptyState icon="device" title={words.empty} hint={words.emptyHint}>
                  {register}
                </EmptyState>
              ) : (
                <EmptyState icon="filter" title={words.emptyFiltered} hint={words.emptyFilteredHint} />
              )
            }
          />
        )}
      </Panel>
      <Modal
        opened={isRegistering}
        onClose={registering.close}
        title={words.register}
        size="lg"
        closeButtonProps={{ 'aria-label': actions.close }}
      >
        <RegisterForm
          onDone={(deviceId) => {
            registering.close();
            toast(words.form.made(deviceId));
            void queries.invalidateQueries({ queryKey: ['devices'] });
            void navigate({ to: '/devices/$deviceId', params: { deviceId } });
          }}
        />
      </Modal>
      <Modal
        opened={isTagging}
        onClose={tagging.close}
        title={words.tagging.title}
        closeButtonProps={{ 'aria-label': actions.close }}
      >
        <TagForm
          filter={filter}
          onDone={(changed, refused) => {
            tagging.close();
            toast(words.tagging.done(changed, refused));
            void queries.invalidateQueries({ queryKey: ['devices'] });
          }}
        />
      </Modal>
    </Frame>
  );
}
