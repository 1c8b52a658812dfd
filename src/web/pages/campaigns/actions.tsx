import { ActionIcon, Button, Menu } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ifMatch } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { useMay, useMe } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Icon } from '../../parts/icon.tsx';
import { toast, toastFault } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import type { Campaign, CampaignState } from './campaign-types.ts';
import { progressQuery } from './queries.ts';
import { failedOf } from './what-next.ts';

const words = texts.campaigns.one;

type Action = 'approve' | 'pause' | 'resume' | 'retry-failed' | 'stop' | 'cancel';
type Asked = 'stop' | 'cancel' | 'remove';

/** In which states each makes sense; the server decides. */
const IN: Readonly<Record<Action | 'remove' | 'edit', readonly CampaignState[]>> = {
  edit: ['draft'],
  approve: ['draft'],
  pause: ['running'],
  resume: ['paused'],
  'retry-failed': ['running', 'paused', 'completed'],
  stop: ['scheduled', 'running', 'paused'],
  cancel: ['scheduled', 'running', 'paused', 'stopped'],
  remove: ['draft', 'completed', 'stopped'],
};

/** Whether somebody has made or changed a campaign, and so cannot be the one who approves it. */
export function isAuthor({ createdBy, changedBy }: Campaign, id: string): boolean {
  return createdBy === id || changedBy === id;
}

/** What can be done to a campaign as it is now: what is done often as buttons, the rest in a menu. */
export function CampaignActions({ campaign }: { readonly campaign: Campaign }) {
  const { id, name, state, needsApproval, approvedAt, version } = campaign;
  const may = useMay('operator');
  const me = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked>();
  const [running, setRunning] = useState<Action>();
  const counts = useQuery({ ...progressQuery(id), enabled: false }).data?.counts;
  const all = (
    <Button variant="default" renderRoot={(props) => <Link to="/campaigns" {...props} />}>
      {texts.campaigns.all}
    </Button>
  );
  if (!may) return all;
  const header = ifMatch({ etag: `"${version}"` });
  const refresh = () => queries.invalidateQueries({ queryKey: ['campaigns'] });
  const act = async (action: Action): Promise<void> => {
    const params = { path: { id } };
    // Only what is on the page is approved.
    if (action === 'approve') await api.POST('/api/v1/campaigns/{id}/approve', { params: { ...params, header } });
    else await api.POST(`/api/v1/campaigns/{id}/${action}`, { params });
    toast(words.done);
    await refresh();
  };
  const press = async (action: Action): Promise<void> => {
    setRunning(action);
    try {
      await act(action);
    } catch (error) {
      toastFault(isProblem(error, 'version-stale') ? words.changedSince : error);
      await refresh();
    } finally {
      setRunning(undefined);
    }
  };
  const is = (action: keyof typeof IN): boolean => IN[action].includes(state);
  const button = (action: Action, label: string, icon: 'play' | 'pause' | 'check' | 'refresh') =>
    is(action) && (
      <Button
        variant="light"
        loading={running === action}
        leftSection={<Icon name={icon} size={16} />}
        onClick={() => void press(action)}
      >
        {label}
      </Button>
    );
  const item = (action: Asked, label: string) =>
    is(action) && (
      <Menu.Item color="red" onClick={() => setAsked(action)}>
        {label}
      </Menu.Item>
    );
  const question = {
    stop: { title: words.stopTitle, hint: words.stopHint, action: words.stop },
    cancel: { title: words.cancelTitle, hint: words.cancelHint, action: words.cancel },
    remove: { title: words.removeTitle, hint: words.removeHint, action: words.remove },
  }[asked ?? 'stop'];
  const mayApprove = needsApproval && approvedAt === undefined && !isAuthor(campaign, me.id);
  return (
    <>
      {mayApprove && button('approve', words.approve, 'check')}
      {is('edit') && (
        <Button
          variant="light"
          leftSection={<Icon name="edit" size={16} />}
          renderRoot={(props) => <Link to="/campaigns/$id/edit" params={{ id }} {...props} />}
        >
          {words.edit}
        </Button>
      )}
      {button('pause', words.pause, 'pause')}
      {button('resume', words.resume, 'play')}
      {counts !== undefined && failedOf(counts) > 0 && button('retry-failed', words.retry, 'refresh')}
      {is('stop') && (
        <Button variant="light" color="red" onClick={() => setAsked('stop')}>
          {words.stop}
        </Button>
      )}
      {all}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon size="lg" variant="default" aria-label={words.menu}>
            <Icon name="dots" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Icon name="copy" size={16} />}
            renderRoot={(props) => <Link to="/campaigns/new" search={{ from: id }} {...props} />}
          >
            {words.copy}
          </Menu.Item>
          {campaign.content.kind === 'discovery' && state !== 'draft' && (
            <Menu.Item
              leftSection={<Icon name="download" size={16} />}
              component="a"
              href={`/api/v1/campaigns/${encodeURIComponent(id)}/report`}
            >
              {words.answers}
            </Menu.Item>
          )}
          {item('cancel', words.cancel)}
          {item('remove', words.remove)}
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        {...question}
        run={async () => {
          if (asked === undefined) return;
          if (asked !== 'remove') return act(asked);
          await api.DELETE('/api/v1/campaigns/{id}', { params: { path: { id }, header } });
          toast(words.removed(name));
          await navigate({ to: '/campaigns' });
        }}
      />
    </>
  );
}
