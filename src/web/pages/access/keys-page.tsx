import { Badge, Button, Code, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { AccessFrame } from './frame.tsx';
import { NewKeyForm } from './new-key-form.tsx';
import { type ApiKey, keysQuery } from './queries.ts';
import { ShownOnce } from './shown-once.tsx';

const words = texts.access.keys;
const { actions } = texts.shell;
const COLOURS = { active: 'green', revoked: 'gray', expired: 'yellow' } as const;

/** API keys: made, shown once, revoked. */
export function Page() {
  const may = useMay('admin');
  const query = useInfiniteQuery({ ...keysQuery, enabled: may });
  const queries = useQueryClient();
  const [isMaking, make] = useDisclosure(false);
  const [made, setMade] = useState<string>();
  const [revoked, setRevoked] = useState<ApiKey>();
  const reload = () => queries.invalidateQueries({ queryKey: ['keys'] });
  const close = (): void => {
    make.close();
    setMade(undefined);
  };
  const add = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={make.open}>
      {words.add}
    </Button>
  );
  const columns: readonly Column<ApiKey>[] = [
    {
      label: words.name,
      render: ({ name, hint }) => (
        <div>
          <Text size="sm" fw={600}>
            {name}
          </Text>
          <Text size="xs" c="dimmed">
            {words.hint} <Code>{hint}…</Code>
          </Text>
        </div>
      ),
    },
    { label: words.role, render: ({ role }) => texts.shell.roles[role] },
    {
      label: words.state,
      render: (key) => {
        const state = stateOf(key);
        return (
          <Badge variant="light" color={COLOURS[state]}>
            {words[state]}
          </Badge>
        );
      },
    },
    { label: words.lastUsed, render: ({ lastUsedAt }) => <Instant at={lastUsedAt} /> },
    { label: words.expires, render: ({ expiresAt }) => <Instant at={expiresAt} absent={words.never} /> },
    { label: words.createdBy, render: ({ createdBy }) => createdBy },
    {
      label: words.revoke,
      hideLabel: true,
      width: 96,
      render: (key) =>
        stateOf(key) === 'active' && (
          <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRevoked(key)}>
            {words.revoke}
          </Button>
        ),
    },
  ];
  return (
    <AccessFrame tab="keys" actions={add}>
      <Panel p={0}>
        <PagedTable
          caption={texts.access.tabs.keys}
          query={query}
          columns={columns}
          keyOf={({ id }) => id}
          minWidth={820}
          empty={
            <EmptyState icon="access" title={words.empty} hint={words.emptyHint}>
              {add}
            </EmptyState>
          }
        />
      </Panel>
      <Modal
        opened={isMaking}
        onClose={close}
        title={made === undefined ? words.add : words.madeTitle}
        // A click beside it must not throw away what cannot be shown again.
        closeOnClickOutside={made === undefined}
        closeButtonProps={{ 'aria-label': actions.close }}
      >
        {made === undefined ? (
          <NewKeyForm
            onDone={(key) => {
              setMade(key);
              void reload();
            }}
          />
        ) : (
          <Stack>
            <Text size="sm">{words.madeHint}</Text>
            <ShownOnce label={words.key} value={made} />
            <Button onClick={close}>{words.done}</Button>
          </Stack>
        )}
      </Modal>
      <Confirm
        opened={revoked !== undefined}
        onClose={() => setRevoked(undefined)}
        title={words.revokeTitle(revoked?.name ?? '')}
        hint={words.revokeHint}
        action={words.revoke}
        run={async () => {
          if (revoked === undefined) return;
          await api.POST('/api/v1/keys/{id}/revoke', { params: { path: { id: revoked.id } } });
          toast(words.revokedToast(revoked.name));
          await reload();
        }}
      />
    </AccessFrame>
  );
}

function stateOf({ revokedAt, expiresAt }: ApiKey): keyof typeof COLOURS {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.now() ? 'expired' : 'active';
}
