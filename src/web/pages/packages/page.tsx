import { Badge, Button, Group, Select, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import { type Package, type PackageKind, packagesQuery } from './queries.ts';

const words = texts.packages;

const COLUMNS: readonly Column<Package>[] = [
  {
    label: words.name,
    render: ({ id, name, revision }) => (
      <Group gap="xs">
        <Link to="/packages/$id" params={{ id }}>
          {name}
        </Link>
        <Badge size="sm" variant="light" color="gray" aria-label={words.revisionOf(revision)}>
          r{revision}
        </Badge>
      </Group>
    ),
  },
  { label: words.kind, render: ({ kind }) => words.kinds[kind] },
  { label: words.commands, render: ({ commandCount }) => commandCount },
  {
    label: words.variables,
    render: ({ variables }) =>
      variables.length > 0 && (
        <Text span className="mono">
          {variables.join(', ')}
        </Text>
      ),
  },
  { label: words.size, render: ({ size }) => words.octets(size) },
  { label: words.uploaded, render: ({ createdAt }) => <Instant at={createdAt} /> },
];

/** Every revision of every package, newest first. */
export function Page() {
  const { name, kind } = useSearch({ from: '/packages' });
  const navigate = useNavigate({ from: '/packages' });
  const query = useInfiniteQuery(
    packagesQuery({ ...(name !== undefined && { name }), ...(kind !== undefined && { kind: kind as PackageKind }) }),
  );
  const isFiltered = name !== undefined || kind !== undefined;
  const upload = useMay('operator') && (
    <Button
      leftSection={<Icon name="upload" size={16} />}
      renderRoot={(props) => <Link to="/packages/new" {...props} />}
    >
      {words.upload}
    </Button>
  );
  return (
    <Frame title={words.title} hint={words.hint} actions={upload}>
      <Panel p={0}>
        <Group m="md" gap="sm">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              const text = new FormData(event.currentTarget).get('name');
              void navigate({ search: (was) => ({ ...was, name: String(text) || undefined }) });
            }}
          >
            <TextInput
              data-search
              key={name ?? ''}
              name="name"
              type="search"
              w={260}
              aria-label={words.find}
              placeholder={words.find}
              leftSection={<Icon name="search" size={16} />}
              defaultValue={name ?? ''}
            />
          </form>
          <Select
            aria-label={words.kind}
            w={160}
            data={[{ value: '', label: words.anyKind }, ...kindChoices()]}
            value={kind ?? ''}
            allowDeselect={false}
            onChange={(next) => void navigate({ search: (was) => ({ ...was, kind: next || undefined }) })}
          />
        </Group>
        <PagedTable
          caption={words.title}
          query={query}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          minWidth={760}
          empty={
            isFiltered ? (
              <EmptyState icon="search" title={words.emptyFiltered} hint={words.emptyFilteredHint} />
            ) : (
              <EmptyState icon="package" title={words.empty} hint={words.emptyHint}>
                {upload}
              </EmptyState>
            )
          }
        />
      </Panel>
    </Frame>
  );
}

function kindChoices(): { value: PackageKind; label: string }[] {
  return (Object.keys(words.kinds) as PackageKind[]).map((value) => ({ value, label: words.kinds[value] }));
}
