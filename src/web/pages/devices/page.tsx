import { Button, Group, Modal, Select, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { isProblem } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { type Order, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { ColumnChoice, useColumns } from './columns.tsx';
import { FilterBar } from './filter-bar.tsx';
import { type DeviceSort, deviceCountQuery, devicesQuery } from './queries.ts';
import { RegisterForm } from './register-form.tsx';
import { TagForm } from './tag-form.tsx';

const words = texts.devices;
const { actions } = texts.shell;
/** As the server sorts unless told. */
const NEWEST_FIRST = 'createdAt:desc';

/** All devices: filtered, sorted and paged where they are, at the server. */
export function Page() {
  const { filter, sort } = useSearch({ from: '/devices' });
  const navigate = useNavigate({ from: '/devices' });
  const queries = useQueryClient();
  const mayChange = useMay('operator');
  const chosen = useColumns();
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
  const [field = '', direction] = (sort ?? NEWEST_FIRST).split(':');
  const sortBy = (next: string | null): void => {
    void navigate({ search: (was) => ({ ...was, sort: next === null || next === NEWEST_FIRST ? undefined : next }) });
  };
  return (
    <Frame
      title={words.title}
      hint={count.data === undefined ? texts.shell.soon : words.count(count.data.count, count.data.kind === 'exact')}
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
          <Group justify="space-between" wrap="nowrap">
            {/* Where rows are cards, there are no heads to sort by. */}
            <Select
              aria-label={words.sort.label}
              size="xs"
              w={170}
              allowDeselect={false}
              data={Object.entries(words.sort.choices).map(([value, label]) => ({ value, label }))}
              value={sort ?? NEWEST_FIRST}
              onChange={sortBy}
            />
            <Group gap="xs" wrap="nowrap">
              {mayChange && (
                <Button size="compact-sm" variant="subtle" onClick={tagging.open}>
                  {words.tagging.open}
                </Button>
              )}
              <ColumnChoice chosen={chosen} />
            </Group>
          </Group>
        </Stack>
        {!isFilterFaulty && (
          <PagedTable
            stickyHead
            caption={words.title}
            query={query}
            columns={chosen.columns}
            keyOf={({ deviceId }) => deviceId}
            minWidth={chosen.minWidth}
            opens
            order={{ field, direction: direction === 'desc' ? 'desc' : 'asc' }}
            onOrder={(next: Order) => sortBy(`${next.field}:${next.direction}`)}
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
