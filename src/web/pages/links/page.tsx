import { Button, Modal, Skeleton, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { LinksFrame } from './frame.tsx';
import { LinkCard } from './link-card.tsx';
import { EditLinkForm, LinkForm } from './link-form.tsx';
import type { SmsLink } from './link-values.ts';
import { linksQuery } from './queries.ts';
import { NO_COURSE, useLinkCourse } from './use-link-course.ts';

const words = texts.links;

/** Links to SMS centres, and how each is doing in every server process. */
export function Page() {
  const may = useMay('admin');
  const query = useQuery(linksQuery);
  const queries = useQueryClient();
  const course = useLinkCourse(query.data?.items);
  const [isAdding, add] = useDisclosure(false);
  const [edited, setEdited] = useState<SmsLink>();
  const [removed, setRemoved] = useState<SmsLink>();
  const reload = () => queries.invalidateQueries({ queryKey: ['links'] });
  const addButton = may && (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={add.open}>
      {words.add}
    </Button>
  );
  const close = { closeButtonProps: { 'aria-label': texts.shell.actions.close }, size: 'lg' };
  const links = query.data?.items;
  return (
    <LinksFrame tab="links" actions={addButton}>
      {query.isError && <ProblemAlert problem={query.error} onRetry={() => void query.refetch()} />}
      {links === undefined && !query.isError && <Skeleton h={220} />}
      {links?.length === 0 && (
        <Panel>
          <EmptyState icon="link" title={words.empty} hint={may ? words.emptyHint : words.onlyAdmins}>
            {addButton}
          </EmptyState>
        </Panel>
      )}
      <Stack>
        {links?.map((link) => (
          <LinkCard
            key={link.id}
            link={link}
            course={course.get(link.id) ?? NO_COURSE}
            onEdit={() => setEdited(link)}
            onRemove={() => setRemoved(link)}
            onChanged={reload}
          />
        ))}
      </Stack>
      <Modal opened={isAdding} onClose={add.close} title={words.add} {...close}>
        <LinkForm
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
        {...close}
      >
        {edited !== undefined && (
          <EditLinkForm
            id={edited.id}
            onDone={(name) => {
              setEdited(undefined);
              toast(words.changed(name));
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
          await api.DELETE('/api/v1/links/{id}', { params: { path: { id: removed.id } } });
          toast(words.removed(removed.name));
          await reload();
        }}
      />
    </LinksFrame>
  );
}
