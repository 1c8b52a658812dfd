import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { toast, toastFault } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import type { Campaign, CampaignState } from './queries.ts';

const words = texts.campaigns.one;

type Action = 'approve' | 'pause' | 'resume' | 'retry-failed' | 'stop' | 'cancel';
type Asked = 'stop' | 'cancel' | 'remove';

/** In which states each makes sense; the server decides. */
const IN: Readonly<Record<Action | 'remove', readonly CampaignState[]>> = {
  approve: ['draft'],
  pause: ['running'],
  resume: ['paused'],
  'retry-failed': ['running', 'paused', 'completed'],
  stop: ['scheduled', 'running', 'paused'],
  cancel: ['scheduled', 'running', 'paused', 'stopped'],
  remove: ['draft', 'completed', 'stopped'],
};

/** What can be done to a campaign as it is now. */
export function CampaignActions({ campaign }: { readonly campaign: Campaign }) {
  const { id, state, needsApproval, approvedAt } = campaign;
  const may = useMay('operator');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked>();
  const [running, setRunning] = useState<Action>();
  if (!may) return null;
  const act = async (action: Action): Promise<void> => {
    await api.POST(`/api/v1/campaigns/{id}/${action}`, { params: { path: { id } } });
    toast(words.done);
    await queries.invalidateQueries({ queryKey: ['campaigns'] });
  };
  const press = async (action: Action): Promise<void> => {
    setRunning(action);
    try {
      await act(action);
    } catch (error) {
      toastFault(error);
    } finally {
      setRunning(undefined);
    }
  };
  const button = (action: Action, label: string) =>
    IN[action].includes(state) && (
      <Button variant="light" loading={running === action} onClick={() => void press(action)}>
        {label}
      </Button>
    );
  const careful = (action: Asked, label: string) =>
    IN[action].includes(state) && (
      <Button variant="light" color="red" onClick={() => setAsked(action)}>
        {label}
      </Button>
    );
  const question = {
    stop: { title: words.stopTitle, hint: words.stopHint, action: words.stop },
    cancel: { title: words.cancelTitle, hint: words.cancelHint, action: words.cancel },
    remove: { title: words.removeTitle, hint: words.removeHint, action: words.remove },
  }[asked ?? 'stop'];
  return (
    <>
      {needsApproval && approvedAt === undefined && button('approve', words.approve)}
      {button('pause', words.pause)}
      {button('resume', words.resume)}
      {button('retry-failed', words.retry)}
      {careful('stop', words.stop)}
      {careful('cancel', words.cancel)}
      {careful('remove', words.remove)}
      <Confirm
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        {...question}
        run={async () => {
          if (asked === undefined) return;
          if (asked !== 'remove') return act(asked);
          await api.DELETE('/api/v1/campaigns/{id}', { params: { path: { id } } });
          await navigate({ to: '/campaigns' });
        }}
      />
    </>
  );
}
