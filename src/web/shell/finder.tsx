import { Spotlight, spotlight } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type LinkProps, useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { api, dataOf } from '../api/client.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { texts } from '../texts.ts';
import { NAVIGATION } from './navigation.ts';

const words = texts.shell.find;
const SHOWN = 8;
/** Names among which is looked here: the newest of them. */
const NAMES = '200';
const NAMES_STALE_MS = 60_000;

export const openFinder = spotlight.open;

interface Found {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly icon: IconName;
  readonly goes: LinkProps;
}

/** Goes to a device by its id or number, to a package or a campaign by its name, or to a page. Opens when it is mounted. */
export function Finder() {
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), 150);
  const navigate = useNavigate();
  useEffect(openFinder, []);
  const devices = useDevices(asked);
  const named = useNamed();
  const wanted = typed.trim().toLowerCase();
  const fits = ({ label }: { readonly label: string }): boolean => label.toLowerCase().includes(wanted);
  const groups: readonly (readonly [label: string, found: readonly Found[]])[] = [
    [words.devices, wanted === '' ? [] : devices],
    [words.packages, wanted === '' ? [] : named.packages.filter(fits)],
    [words.campaigns, wanted === '' ? [] : named.campaigns.filter(fits)],
    [words.pages, NAVIGATION.map(({ to, label, icon }): Found => ({ id: to, label, icon, goes: { to } })).filter(fits)],
  ];
  const goToFirst = (event: KeyboardEvent<HTMLInputElement>): void => {
    const first = groups.find(([, found]) => found.length > 0)?.[1][0];
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || first === undefined) return;
    // What comes from the server later than the last key is not chosen by itself.
    if (event.currentTarget.closest('[role="dialog"]')?.querySelector('[data-selected]') !== null) return;
    spotlight.close();
    void navigate(first.goes);
  };
  return (
    <Spotlight.Root
      query={typed}
      onQueryChange={setTyped}
      shortcut={null}
      scrollable
      centered={false}
      yOffset="12vh"
      maxHeight="60vh"
      attributes={{ content: { 'aria-label': words.open } }}
    >
      <Spotlight.Search
        placeholder={words.placeholder}
        aria-label={words.placeholder}
        leftSection={<Icon name="search" />}
        onKeyDown={goToFirst}
      />
      <Spotlight.ActionsList>
        {groups.map(
          ([label, found]) =>
            found.length > 0 && (
              <Spotlight.ActionsGroup key={label} label={label}>
                {found.slice(0, SHOWN).map(({ id, label: name, hint, icon, goes }) => (
                  <Spotlight.Action
                    key={id}
                    label={name}
                    {...(hint !== undefined && { description: hint })}
                    leftSection={<Icon name={icon} />}
                    onClick={() => void navigate(goes)}
                  />
                ))}
              </Spotlight.ActionsGroup>
            ),
        )}
        {groups.every(([, found]) => found.length === 0) && <Spotlight.Empty>{words.nothing}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** Those whose id or number begins like it. */
function useDevices(asked: string): readonly Found[] {
  const digits = asked.replace(/^\+/, '');
  const { data } = useQuery({
    queryKey: ['devices', 'finder', asked],
    enabled: asked !== '',
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const list = (query: { deviceId: string } | { filter: string }) =>
        dataOf(api.GET('/api/v1/devices', { params: { query: { limit: String(SHOWN), ...query } }, signal }));
      const answers = await Promise.all([
        list({ deviceId: asked }),
        ...(/^\d{3,}$/.test(digits)
          ? [list({ filter: `msisdn==${digits}*,msisdn=="+${digits}*"` }), list({ deviceId: `IMEI:${digits}` })]
          : []),
      ]);
      return [...new Map(answers.flatMap(({ items }) => items).map((device) => [device.deviceId, device])).values()];
    },
  });
  return (data ?? []).map(
    ({ deviceId, msisdn }): Found => ({
      id: deviceId,
      label: deviceId,
      ...(msisdn !== undefined && { hint: msisdn }),
      icon: 'device',
      goes: { to: '/devices/$deviceId', params: { deviceId } },
    }),
  );
}

function useNamed(): { readonly packages: readonly Found[]; readonly campaigns: readonly Found[] } {
  const query = { params: { query: { limit: NAMES } } } as const;
  const packages = useQuery({
    queryKey: ['packages', 'finder'],
    staleTime: NAMES_STALE_MS,
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/packages', { ...query, signal })),
  });
  const campaigns = useQuery({
    queryKey: ['campaigns', 'finder'],
    staleTime: NAMES_STALE_MS,
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/campaigns', { ...query, signal })),
  });
  return {
    packages: (packages.data?.items ?? []).map(
      ({ id, name, revision }): Found => ({
        id,
        label: texts.deliveries.packageName(name, revision),
        icon: 'package',
        goes: { to: '/packages/$id', params: { id } },
      }),
    ),
    campaigns: (campaigns.data?.items ?? []).map(
      ({ id, name }): Found => ({ id, label: name, icon: 'campaign', goes: { to: '/campaigns/$id', params: { id } } }),
    ),
  };
}
