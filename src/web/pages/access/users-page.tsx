import { ActionIcon, Badge, Button, Group, Menu, Modal, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useMay, useMe } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { AccessFrame } from './frame.tsx';
import { type User, usersQuery } from './queries.ts';
import { EditUserForm, NewUserForm } from './user-forms.tsx';

const words = texts.access.users;
const { actions } = texts.shell;

/** Users: who may sign in, and what they may do. */
export function Page() {
  const may = useMay('admin');
  const query = useInfiniteQuery({ ...usersQuery, enabled: may });
  const queries = useQueryClient();
  const me = useMe();
  const [find, setFind] = useState('');
  const [isAdding, add] = useDisclosure(false);
  const [edited, setEdited] = useState<User>();
  const [removed, setRemoved] = useState<User>();
  const reload = () => queries.invalidateQueries({ queryKey: ['users'] });

  const columns: readonly Column<User>[] = [
    {
      label: words.name,
      render: ({ id, name }) => (
        <Group gap="xs" wrap="nowrap">
          <Text size="sm" fw={600}>
            {name}
          </Text>
          {id === me.id && (
            <Badge size="xs" variant="light" color="gray">
              {words.you}
            </Badge>
          )}
        </Group>
      ),
    },
    { label: words.role, render: ({ role }) => texts.shell.roles[role] },
    {
      label: words.state,
      render: ({ enabled }) => (
        <Badge variant="light" color={enabled ? 'green' : 'gray'}>
          {enabled ? words.active : words.disabled}
        </Badge>
      ),
    },
    { label: words.lastSignIn, render: ({ lastSignInAt }) => <Instant at={lastSignInAt} /> },
    { label: words.created, render: ({ createdAt }) => <Instant at={createdAt} /> },
    {
      label: actions.more,
      hideLabel: true,
      width: 48,
      render: (user) => (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={actions.actionsOf(user.name)}>
              <Icon name="dots" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<Icon name="edit" size={16} />} onClick={() => setEdited(user)}>
              {words.edit}
            </Menu.Item>
            <Menu.Item color="red" leftSection={<Icon name="trash" size={16} />} onClick={() => setRemoved(user)}>
              {words.remove}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ),
    },
  ];
  const shown = withNames(query, find);
  return (
    <AccessFrame
      tab="users"
      actions={
        <Button leftSection={<Icon name="plus" size={16} />} onClick={add.open}>
          {words.add}
        </Button>
      }
    >
      <Panel p={0}>
        <TextInput
          data-search
          m="md"
          maw={320}
          aria-label={words.find}
          placeholder={words.find}
          leftSection={<Icon name="search" size={16} />}
          value={find}
          onChange={({ currentTarget }) => setFind(currentTarget.value)}
        />
        <PagedTable
          caption={texts.access.tabs.users}
          query={shown}
          columns={columns}
          keyOf={({ id }) => id}
          empty={<EmptyState icon="user" title={words.none} />}
        />
      </Panel>
      <Modal opened={isAdding} onClose={add.close} title={words.add} closeButtonProps={{ 'aria-label': actions.close }}>
        <NewUserForm
          onDone={(name) => {
            add.close();
            toast(words.made(name));
            void reload();
          }}
        />
      </Modal>
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        title={words.editTitle(edited?.name ?? '')}
        closeButtonProps={{ 'aria-label': actions.close }}
      >
        {edited !== undefined && (
          <EditUserForm
            id={edited.id}
            onDone={() => {
              toast(words.changed(edited.name));
              setEdited(undefined);
              void reload();
            }}
          />
        )}
      </Modal>
      <Confirm
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={words.removeTitle(removed?.name ?? '')}
        hint={words.removeHint}
        action={words.remove}
        run={async () => {
          if (removed === undefined) return;
          await api.DELETE('/api/v1/users/{id}', { params: { path: { id: removed.id } } });
          toast(words.removed(removed.name));
          await reload();
        }}
      />
    </AccessFrame>
  );
}

/** The same listing, but only those whose name has the text in it: there are never many users. */
function withNames<Q extends { data: { pages: readonly { items: readonly User[] }[] } | undefined }>(
  query: Q,
  find: string,
): Q {
  if (find === '' || query.data === undefined) return query;
  const wanted = find.toLowerCase();
  const pages = query.data.pages.map((page) => ({
    ...page,
    items: page.items.filter(({ name }) => name.includes(wanted)),
  }));
  return { ...query, data: { ...query.data, pages } };
}
