import { ActionIcon, Badge, Checkbox, Group, Popover, Stack, Text, Tooltip } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import type { Column } from '../../parts/paged-table.tsx';
import { texts } from '../../texts.ts';
import type { Device } from './queries.ts';

const words = texts.devices;
const SHOWN_TAGS = 3;

/** By name, in the order in which they stand. The first is always there: it leads to the device. */
const COLUMNS = {
  device: {
    label: words.device,
    sort: 'deviceId',
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
  man: { label: words.one.man, sort: 'man', render: ({ devInfo: { man } }) => man },
  mod: { label: words.model, sort: 'mod', render: ({ devInfo: { mod } }) => mod },
  fwv: { label: words.firmware, sort: 'fwv', render: ({ devInfo: { fwV } }) => fwV },
  dmv: { label: words.one.dmV, render: ({ devInfo: { dmV } }) => dmV },
  lang: { label: words.one.lang, render: ({ devInfo: { lang } }) => lang },
  imsi: { label: words.form.imsi, render: ({ imsi }) => imsi },
  timeZone: { label: words.one.timeZone, render: ({ timeZone }) => timeZone },
  tags: { label: words.tags, render: ({ tags }) => tags.length > 0 && <Tags tags={tags} /> },
  attributes: {
    label: words.one.attributes,
    render: ({ attributes }) =>
      Object.entries(attributes).map(([name, value]) => (
        <Text key={name} size="xs">
          <Text span c="dimmed">
            {name}
          </Text>{' '}
          {value}
        </Text>
      )),
  },
  account: {
    label: words.account,
    render: ({ dm }) => (
      <Badge size="sm" variant="light" color={dm === undefined ? 'yellow' : 'green'}>
        {dm?.auth.toUpperCase() ?? words.noAccount}
      </Badge>
    ),
  },
  bootstrap: {
    label: words.credentials.bootstrap,
    render: ({ bootstrap: { state } }) => words.credentials.states[state],
  },
  seen: { label: words.lastSeen, sort: 'lastSeenAt', render: ({ lastSeenAt }) => <Instant at={lastSeenAt} /> },
  registered: { label: words.registered, sort: 'createdAt', render: ({ createdAt }) => <Instant at={createdAt} /> },
  changed: { label: words.changed, render: ({ updatedAt }) => <Instant at={updatedAt} /> },
} as const satisfies Readonly<Record<string, Column<Device>>>;

type ColumnName = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as ColumnName[];
const AT_FIRST: readonly ColumnName[] = ['device', 'man', 'mod', 'fwv', 'tags', 'account', 'seen', 'registered'];
/** About what a column takes. */
const COLUMN_WIDTH = 115;

function Tags({ tags }: { readonly tags: readonly string[] }) {
  return (
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
  );
}

export interface ChosenColumns {
  readonly columns: readonly Column<Device>[];
  /** Pixels that they need beside each other. */
  readonly minWidth: number;
  readonly names: readonly ColumnName[];
  readonly choose: (names: readonly string[]) => void;
}

/** Which columns somebody wants to see: kept in the browser, for it is a matter of taste and of the screen. */
export function useColumns(): ChosenColumns {
  const [kept, keep] = useLocalStorage<readonly string[]>({
    key: 'device-columns',
    defaultValue: AT_FIRST,
    getInitialValueInEffect: false,
  });
  return useMemo(() => {
    const names = NAMES.filter((name) => name === 'device' || kept.includes(name));
    return {
      names,
      columns: names.map((name): Column<Device> => COLUMNS[name]),
      minWidth: COLUMN_WIDTH * names.length,
      choose: keep,
    };
  }, [kept, keep]);
}

export function ColumnChoice({ chosen: { names, choose } }: { readonly chosen: ChosenColumns }) {
  return (
    <Popover position="bottom-end" shadow="md" withArrow trapFocus>
      <Popover.Target>
        <Tooltip label={words.columns}>
          <ActionIcon variant="default" size={30} aria-label={words.columns}>
            <Icon name="columns" />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={words.columns}>
        <Checkbox.Group value={[...names]} onChange={choose}>
          <Stack gap="xs">
            {NAMES.filter((name) => name !== 'device').map((name) => (
              <Checkbox key={name} size="xs" value={name} label={COLUMNS[name].label} />
            ))}
          </Stack>
        </Checkbox.Group>
      </Popover.Dropdown>
    </Popover>
  );
}
